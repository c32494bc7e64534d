module capmodel-kit/pause

go 1.26.0
