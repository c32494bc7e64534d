// The article's endpoint in Fiber.
package main

import (
	"log"
	"strconv"

	"capmodel.test/bench/services/handler"
	"github.com/gofiber/fiber/v3"
)

func main() {
	app := fiber.New()
	app.Get("/products/:id", func(c fiber.Ctx) error {
		id, _ := strconv.Atoi(c.Params("id"))
		response, err := handler.Respond(id)
		if err != nil {
			return err
		}
		return c.JSON(response)
	})
	log.Fatal(app.Listen(handler.Address(), fiber.ListenConfig{DisableStartupMessage: true}))
}
