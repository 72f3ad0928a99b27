// Package kernel holds the float32 loops in which training and sampling spend their time: matrix products with a fused
// epilogue, gather and scatter of rows, elementwise combinations, the Adam step, the squared norm and normal random numbers.
//
// Every loop exists as plain Go (the generic path, always compiled) and, on amd64, as assembly for AVX2+FMA and for
// AVX-512; path.go chooses one at start-up. Start reading at matmul.go for the products, normal.go for random
// numbers, elementwise.go for the rest;
// generic_*.go say in a few lines of Go what the assembly computes. The assembly is generated from the programs in _asm.
//
// The contract on which reproducible runs rest: an element of a result depends only on the numbers that enter it, never on
// its position, on the rows computed beside it, on strides, or on alignment. So any partition of the work gives the same
// bits. Elementwise loops and reductions give the same bits on every path (Adam: unless denormal numbers come up); products
// give the same bits on the two assembly paths (one fused multiply-add chain over k), and others on the generic path (the
// same chain, each product rounded).
//
// Misuse (shapes that do not fit, an index out of range) panics with the name of the function and the shapes.
package kernel

//go:generate go -C _asm run . -isa avx2 -out ../avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../avx512_amd64.s
