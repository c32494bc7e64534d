//go:build database

package handler

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// A pool of ten, as the Python services have.
const connections = 10

var read = open()

func open() func(int) (Product, error) {
	url := os.Getenv("DATABASE_URL")
	switch os.Getenv("DATABASE") {
	case "":
		return nil
	case "orm":
		return throughORM(url)
	default:
		return throughDriver(url)
	}
}

func throughDriver(url string) func(int) (Product, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		log.Fatal(err)
	}
	config.MinConns, config.MaxConns = connections, connections
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	return func(id int) (Product, error) {
		rows, err := pool.Query(context.Background(), "SELECT id, name, price, in_stock FROM products WHERE id = $1", id)
		if err != nil {
			return Product{}, err
		}
		return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Product])
	}
}

func throughORM(url string) func(int) (Product, error) {
	db, err := gorm.Open(postgres.Open(url), &gorm.Config{})
	if err != nil {
		log.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		log.Fatal(err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return func(id int) (product Product, err error) {
		err = db.First(&product, id).Error
		return product, err
	}
}
