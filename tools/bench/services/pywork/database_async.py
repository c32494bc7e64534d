"""Reads a product from PostgreSQL through asyncpg, with or without SQLAlchemy, for services with an event loop."""

import asyncpg
import work
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String)
    price: Mapped[float]
    in_stock: Mapped[bool]


CONNECTIONS = 10  # a pool of ten: the default of asyncpg, and of database/sql's users
pool = None
sessions = None


async def start() -> None:
    global pool, sessions
    if work.DATABASE == "orm":
        url = work.DATABASE_URL.replace("postgresql://", "postgresql+asyncpg://")
        sessions = async_sessionmaker(create_async_engine(url, pool_size=CONNECTIONS, max_overflow=0))
    else:
        pool = await asyncpg.create_pool(work.DATABASE_URL, min_size=CONNECTIONS, max_size=CONNECTIONS)


async def product(product_id: int) -> dict:
    if sessions:
        async with sessions() as session:
            row = (await session.execute(select(Product).where(Product.id == product_id))).scalar_one()
            return {"id": row.id, "name": row.name, "price": row.price, "in_stock": row.in_stock}
    return dict(await pool.fetchrow("SELECT id, name, price, in_stock FROM products WHERE id = $1", product_id))
