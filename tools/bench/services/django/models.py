"""The table of products, for Django's ORM."""

from django.db import models


class Product(models.Model):
    name = models.TextField()
    price = models.FloatField()
    in_stock = models.BooleanField()

    class Meta:
        app_label = "bench"
        db_table = "products"
