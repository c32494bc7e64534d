"""The endpoint of the article in FastAPI, with the metrics that FastAPI services usually have."""

from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import BaseModel

app = FastAPI()


class Product(BaseModel):
    id: int
    name: str
    price: float
    in_stock: bool


@app.get("/products/{product_id}")
async def get_product(product_id: int) -> Product:
    return Product(id=product_id, name="Wireless Headphones", price=79.99, in_stock=True)


@app.get("/healthz")
async def healthz() -> None:
    return None


Instrumentator(excluded_handlers=["/metrics", "/healthz"]).instrument(app).expose(app)
