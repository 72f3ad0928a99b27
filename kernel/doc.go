// Package kernel holds the float32 loops in which training and sampling spend their time: matrix products and convolutions
// with a fused epilogue, group norm and attention, sums and scatters of rows, elementwise combinations, exponentials with SiLU
// and softmax, the Adam step, the squared norm and normal random numbers.
//
// Every loop exists as plain Go (the generic path, always compiled) and, on amd64, as assembly for AVX2+FMA and for
// AVX-512; path.go chooses one at start-up. Start reading at matmul.go for the products, rows.go for sums and scatters of
// rows, normal.go for random numbers, exp.go and softmax.go for exponentials, elementwise.go and adam.go for the rest. For
// images, convolution.go, groupnorm.go and attention.go come after the products, then pixels.go and dropout.go.
// generic_*.go define in a few lines of Go what the assembly computes. The program in _asm generates the assembly.
//
// Reproducible runs rest on this contract: an element of a result depends only on the numbers that enter it, never on its
// position, on the other rows of the call, on strides, or on alignment. So any partition of the work gives the same bits.
// Elementwise loops, reductions and random numbers give the same bits on every path (Adam: unless denormal numbers occur).
// Products and convolutions give the same bits on the two assembly paths (chains of fused multiply-adds) and different bits
// on the generic path (the same chains, with each product rounded).
//
// Misuse (shapes that do not fit, an index out of range) panics with the name of the function and the shapes.
package kernel

//go:generate go -C _asm run . -isa avx2 -out ../avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../avx512_amd64.s
//go:generate go -C _asm run . -isa avx2 -images -out ../images_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -images -out ../images_avx512_amd64.s
