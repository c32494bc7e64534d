"""The article's endpoint in Litestar."""

from dataclasses import dataclass

import work
from litestar import Litestar, get


@dataclass
class Product:
    id: int
    name: str
    price: float
    in_stock: bool


def product(product_id: int) -> Product:
    return Product(id=product_id, name=work.NAME, price=79.99, in_stock=True)


if work.DATABASE:
    import database

    @get("/products/{product_id:int}")
    async def get_product(product_id: int) -> Product:
        return Product(**await database.product(product_id))

    startup = [database.start]

elif work.OBJECTS:

    @get("/products/{product_id:int}")
    async def get_product(product_id: int) -> list[Product]:
        await work.work_async()
        return [product(product_id + n) for n in range(work.OBJECTS)]

    startup = []

else:

    @get("/products/{product_id:int}")
    async def get_product(product_id: int) -> Product:
        await work.work_async()
        return product(product_id)

    startup = []

app = Litestar(route_handlers=[get_product], on_startup=startup)
