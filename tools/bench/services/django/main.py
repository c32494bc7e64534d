"""The article's endpoint in Django: one file with its settings, and those of the default middleware that need no tables."""

import django
import work
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

if work.DATABASE:
    import database

    databases = {"default": database.settings()}
else:
    databases = {}

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES=databases,
    ROOT_URLCONF=__name__,
    SECRET_KEY="not secret: nothing is signed",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()


def product(product_id: int) -> dict:
    return {"id": product_id, "name": work.NAME, "price": 79.99, "in_stock": True}


def get_product(_: HttpRequest, product_id: int) -> JsonResponse:
    if work.DATABASE:
        return JsonResponse(database.product(product_id))
    work.work()
    if work.OBJECTS:
        return JsonResponse([product(product_id + n) for n in range(work.OBJECTS)], safe=False)
    return JsonResponse(product(product_id))


urlpatterns = [path("products/<int:product_id>", get_product)]
app = get_wsgi_application()
