//go:build !database

package handler

import "errors"

func read(int) (Product, error) {
	return Product{}, errors.New("built without the tag `database`")
}
