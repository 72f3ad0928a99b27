// OpenBLAS's matrix products, and what the processor's fused multiply-adds give at most, on one core, for
// `go run ./bench`. Prints one line of JSON, in GFLOP/s.
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

static double seconds = 1;

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int compare(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// rate is the median GFLOP/s of blocks of calls, each of a few milliseconds.
static double rate(void (*call)(void), double work) {
	enum { MOST = 1 << 16 };
	static double rates[MOST];
	int n = 0, calls = 1;
	for (;;) { // and so the caches and the clock are warm
		double start = now();
		for (int i = 0; i < calls; i++) call();
		if (now() - start > 3e-3) break;
		calls *= 2;
	}
	double end = now() + seconds;
	while (n < MOST && (n < 5 || now() < end)) {
		double start = now();
		for (int i = 0; i < calls; i++) call();
		rates[n++] = calls * work / (now() - start) * 1e-9;
	}
	qsort(rates, n, sizeof *rates, compare);
	return rates[n / 2];
}

static float *a, *b, *c;
static int n;

static void product(void) { cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n); }

static double openblas(int size) {
	n = size;
	return rate(product, 2.0 * n * n * n);
}

#ifdef __x86_64__
enum { CHAINS = 12, TURNS = 1 << 14 }; // more chains than latency times units

__attribute__((target("avx2,fma"))) static void peak256(void) {
	__m256 s[CHAINS], x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
	for (int i = 0; i < CHAINS; i++) s[i] = _mm256_set1_ps(i);
	for (int turn = 0; turn < TURNS; turn++)
#pragma GCC unroll 12
		for (int i = 0; i < CHAINS; i++) s[i] = _mm256_fmadd_ps(s[i], x, y);
	for (int i = 1; i < CHAINS; i++) s[0] = _mm256_add_ps(s[0], s[i]);
	_mm256_storeu_ps(c, s[0]);
}

__attribute__((target("avx512f"))) static void peak512(void) {
	__m512 s[CHAINS], x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
	for (int i = 0; i < CHAINS; i++) s[i] = _mm512_set1_ps(i);
	for (int turn = 0; turn < TURNS; turn++)
#pragma GCC unroll 12
		for (int i = 0; i < CHAINS; i++) s[i] = _mm512_fmadd_ps(s[i], x, y);
	for (int i = 1; i < CHAINS; i++) s[0] = _mm512_add_ps(s[0], s[i]);
	_mm512_storeu_ps(c, s[0]);
}
#endif

int main(int count, char **arguments) {
	const char *job = "";
	for (int i = 1; i + 1 < count; i += 2) {
		if (!strcmp(arguments[i], "--job")) job = arguments[i + 1];
		if (!strcmp(arguments[i], "--seconds")) seconds = atof(arguments[i + 1]);
	}
	void *memory = NULL;
	size_t most = 1024 * 1024;
	if (posix_memalign(&memory, 64, 3 * most * sizeof(float))) return 1;
	a = memory, b = a + most, c = b + most;
	for (size_t i = 0; i < most; i++) a[i] = (float)(i % 1000) / 1000, b[i] = (float)(i % 997) / 997, c[i] = 0;
	if (!strcmp(job, "core")) { // the kernels that OpenBLAS takes, if they multiply as they should
		n = 67;
		product();
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++) {
				double sum = 0;
				for (int k = 0; k < n; k++) sum += (double)a[i * n + k] * b[k * n + j];
				if (!(fabs(c[i * n + j] - sum) < 1e-4 * n)) return fputs("OpenBLAS multiplies wrongly\n", stderr), 1;
			}
		puts(openblas_get_corename());
		return 0;
	}
	if (!strcmp(job, "version")) {
		puts(openblas_get_config());
		return 0;
	}
	if (!strcmp(job, "matmul")) {
		printf("{\"GFLOP/s 128\": %.2f, ", openblas(128));
		printf("\"GFLOP/s 1024\": %.2f}\n", openblas(1024));
		return 0;
	}
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f")) printf("{\"AVX-512\": %.2f, ", rate(peak512, 2.0 * 16 * CHAINS * TURNS));
	else printf("{");
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
		printf("\"AVX2\": %.2f}\n", rate(peak256, 2.0 * 8 * CHAINS * TURNS));
		return 0;
	}
#endif
	fprintf(stderr, "the processor has no fused multiply-add that this program can use\n");
	return 1;
}
