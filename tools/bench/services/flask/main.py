"""The article's endpoint in Flask."""

import work
from flask import Flask, jsonify

app = Flask(__name__)

if work.DATABASE:
    import database


def product(product_id: int) -> dict:
    return {"id": product_id, "name": work.NAME, "price": 79.99, "in_stock": True}


@app.route("/products/<int:product_id>")
def get_product(product_id: int):
    if work.DATABASE:
        return jsonify(database.product(product_id))
    work.work()
    if work.OBJECTS:
        return jsonify([product(product_id + n) for n in range(work.OBJECTS)])
    return jsonify(product(product_id))
