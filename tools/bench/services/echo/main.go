// The article's endpoint in Echo.
package main

import (
	"log"
	"net/http"
	"strconv"

	"capmodel.test/bench/services/handler"
	"github.com/labstack/echo/v4"
)

func main() {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/products/:id", func(c echo.Context) error {
		id, _ := strconv.Atoi(c.Param("id"))
		response, err := handler.Respond(id)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, response)
	})
	log.Fatal(e.Start(handler.Address()))
}
