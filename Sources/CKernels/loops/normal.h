// float32's normal distribution, for gelu: PyTorch's 1 + erf cancels below zero, this does not.

typedef struct normal {
  f32 density;  // exp(-x²/2) / sqrt(2 pi)
  f32 share;    // of the distribution that lies below x
} normal;

// The share beyond |x| is exp(-x²/2) times a quotient of polynomials in |x|: fitted to
// erfcx(|x| / sqrt 2) / 2 (SciPy's) up to 13.2 by linearised least squares, reweighted until the
// relative errors were even, 4.9e-9. The exponential is after Cephes, expf.c. Where the density is
// below the normal numbers it counts as 0.
ALWAYS_INLINE normal normal_at(f32 x) {
#pragma STDC FP_CONTRACT ON
  const f32 bound = 13.15f, size = __builtin_elementwise_abs(x);
  const f32 s = size > bound ? bound : size;

  // s² = whole + rest, the whole one exactly: its error would count 80 times in the exponential.
  uint32_t bits;
  memcpy(&bits, &s, sizeof bits);
  bits &= 0xfffff000;
  f32 front;
  memcpy(&front, &bits, sizeof front);
  const f32 whole = front * front, rest = (s - front) * (s + front);

  // exp(-s²/2) = 2^k exp(y); adding 1.5·2^23 leaves k, rounded, in the lowest bits.
  const f32 rounder = 0x1.8p23f;
  const f32 rounded = whole * -0.72134752044f + rounder, k = rounded - rounder;
  const f32 y = ((whole * -0.5f - k * 0.693359375f) - k * -2.12194440e-4f) - 0.5f * rest;
  f32 e = 1.9875691500e-4f;
  e = e * y + 1.3981999507e-3f;
  e = e * y + 8.3334519073e-3f;
  e = e * y + 4.1665795894e-2f;
  e = e * y + 1.6666665459e-1f;
  e = e * y + 5.0000001201e-1f;
  e = (e * y) * y + y + 1;
  memcpy(&bits, &rounded, sizeof bits);
  bits = (bits << 23) + 0x3f800000;
  f32 power;
  memcpy(&power, &bits, sizeof power);
  e = size > bound ? 0 : e * power;

  f32 above = 4.011632953566e-3f;
  above = above * s + 3.992613322652e-2f;
  above = above * s + 1.811338629222e-1f;
  above = above * s + 4.354516173750e-1f;
  above = above * s + 5.000000024456e-1f;
  f32 below = 1.005552710262e-2f;
  below = below * s + 1.000874441506e-1f;
  below = below * s + 4.639240393774e-1f;
  below = below * s + 1.193763943863f;
  below = below * s + 1.668788148550f;
  below = below * s + 1;
  const f32 beyond = e * above / below;
  return (normal){e * 0.39894228040f, x > 0 ? 1 - beyond : beyond};
}
