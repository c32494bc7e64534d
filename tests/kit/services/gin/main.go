// The endpoint of the article in Gin, with its usual metrics.
package main

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	ginprometheus "github.com/zsais/go-gin-prometheus"
)

type Product struct {
	ID      int     `json:"id"`
	Name    string  `json:"name"`
	Price   float64 `json:"price"`
	InStock bool    `json:"in_stock"`
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	metrics := ginprometheus.NewPrometheus("gin")
	// As its documentation advises: the route and not the path, of which there is one for each product.
	metrics.ReqCntURLLabelMappingFn = func(c *gin.Context) string { return c.FullPath() }
	metrics.Use(r)
	r.GET("/products/:id", func(c *gin.Context) {
		id, _ := strconv.Atoi(c.Param("id"))
		c.JSON(http.StatusOK, Product{ID: id, Name: "Wireless Headphones", Price: 79.99, InStock: true})
	})
	r.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) })
	// On the port of the environment variable PORT, 8080 where there is none.
	_ = r.Run()
}
