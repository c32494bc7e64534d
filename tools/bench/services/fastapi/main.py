"""The article's endpoint in FastAPI, with an `async` or (HANDLER=def) a plain handler."""

import os
from contextlib import asynccontextmanager

import work
from fastapi import FastAPI
from pydantic import BaseModel


class Product(BaseModel):
    id: int
    name: str
    price: float
    in_stock: bool


def product(product_id: int) -> Product:
    return Product(id=product_id, name=work.NAME, price=79.99, in_stock=True)


@asynccontextmanager
async def lifespan(_: FastAPI):
    if work.DATABASE:
        import database

        await database.start()
    yield


app = FastAPI(lifespan=lifespan)

if work.DATABASE:

    @app.get("/products/{product_id}")
    async def get_stored_product(product_id: int) -> Product:
        import database

        return Product(**await database.product(product_id))

elif work.OBJECTS:

    @app.get("/products/{product_id}")
    async def get_products(product_id: int) -> list[Product]:
        await work.work_async()
        return [product(product_id + n) for n in range(work.OBJECTS)]

elif os.environ.get("HANDLER") == "def":

    @app.get("/products/{product_id}")
    def get_product_in_a_thread(product_id: int) -> Product:
        work.work()
        return product(product_id)

else:

    @app.get("/products/{product_id}")
    async def get_product(product_id: int) -> Product:
        await work.work_async()
        return product(product_id)
