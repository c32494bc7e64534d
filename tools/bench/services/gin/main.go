// The article's endpoint in Gin.
package main

import (
	"log"
	"net/http"
	"strconv"

	"capmodel.test/bench/services/handler"
	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET("/products/:id", func(c *gin.Context) {
		id, _ := strconv.Atoi(c.Param("id"))
		response, err := handler.Respond(id)
		if err != nil {
			c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
			return
		}
		c.JSON(http.StatusOK, response)
	})
	log.Fatal(r.Run(handler.Address()))
}
