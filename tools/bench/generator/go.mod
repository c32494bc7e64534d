module capmodel.test/bench/generator

go 1.26
