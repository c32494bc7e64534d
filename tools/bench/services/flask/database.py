"""Reads a product from PostgreSQL through psycopg, with or without SQLAlchemy. A worker serves one request at a time and needs one connection."""

import psycopg
import work
from psycopg.rows import dict_row
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String)
    price: Mapped[float]
    in_stock: Mapped[bool]


engine = create_engine(work.DATABASE_URL.replace("postgresql://", "postgresql+psycopg://"), pool_size=1, max_overflow=0)
connection = None


def product(product_id: int) -> dict:
    global connection
    if work.DATABASE == "orm":
        with Session(engine) as session:
            row = session.execute(select(Product).where(Product.id == product_id)).scalar_one()
            return {"id": row.id, "name": row.name, "price": row.price, "in_stock": row.in_stock}
    if connection is None:
        connection = psycopg.connect(work.DATABASE_URL, autocommit=True, row_factory=dict_row)
    query = "SELECT id, name, price, in_stock FROM products WHERE id = %s"
    return connection.execute(query, [product_id]).fetchone()
