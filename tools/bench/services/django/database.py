"""A product from PostgreSQL through Django's cursor, or through its ORM."""

from urllib.parse import urlsplit

import work


def settings() -> dict:
    url = urlsplit(work.DATABASE_URL)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "PASSWORD": url.password,
        "HOST": url.hostname,
        "PORT": url.port,
        "CONN_MAX_AGE": None,  # a connection for each worker, kept
    }


def product(product_id: int) -> dict:
    if work.DATABASE == "orm":
        from models import Product

        row = Product.objects.get(pk=product_id)
        return {"id": row.id, "name": row.name, "price": row.price, "in_stock": row.in_stock}
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, price, in_stock FROM products WHERE id = %s", [product_id])
        return dict(zip([column.name for column in cursor.description], cursor.fetchone()))
