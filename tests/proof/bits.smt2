; SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
; The axioms "Bits" of words.h as theorems on bit vectors, under the same names.
; tests/proof/prove asks z3, for each n below 32, for numbers that break one.
;
; A number of the contracts is a vector of 128 bits here, so that nothing is cut
; off: v, a (f in `inside'), b have 64 bits, f fewer than n, m is less than n; every result fits.
(set-logic QF_BV)
(define-sort Num () (_ BitVec 128))
(define-fun num ((i (_ BitVec 64))) Num ((_ zero_extend 64) i))
(define-fun low ((i Num)) (_ BitVec 32) ((_ extract 31 0) i))
(define-fun two ((n Num)) Num (bvshl (_ bv1 128) n))
(define-fun whole ((i Num) (n Num)) Bool (= (bvurem i (two n)) (_ bv0 128)))
(declare-const v64 (_ BitVec 64))
(declare-const a64 (_ BitVec 64))
(declare-const b64 (_ BitVec 64))
(declare-const f Num)
(declare-const m Num)
(define-fun v () Num (num v64))
(define-fun a () Num (num a64))
(define-fun b () Num (num b64))

(define-fun power ((n Num)) Bool
  (and (bvule (_ bv1 128) (two n)) (bvule (two n) (_ bv2147483648 128))))

(define-fun page ((n Num)) Bool
  (=> (and (bvule (_ bv5 128) n) (bvule n (_ bv16 128)))
      (and (bvule (_ bv32 128) (two n)) (bvule (two n) (_ bv65536 128)))))

(define-fun words ((n Num)) Bool
  (=> (and (bvule (_ bv5 128) n) (bvule n (_ bv16 128)))
      (and (= (bvmul (_ bv4 128) (two (bvsub n (_ bv2 128)))) (two n))
	   (= (bvmul (_ bv8 128) (two (bvsub n (_ bv3 128)))) (two n)))))

(define-fun narrow ((n Num)) Bool
  (=> (bvult m n) (bvule (bvmul (_ bv2 128) (two m)) (two n))))

(define-fun left ((n Num)) Bool (= (bvshl v n) (bvmul v (two n))))

(define-fun right ((n Num)) Bool (= (bvlshr v n) (bvudiv v (two n))))

(define-fun mask ((n Num)) Bool
  (= ((_ zero_extend 96) (bvand (low v) (low (bvsub (two n) (_ bv1 128)))))
     (bvurem v (two n))))

(define-fun both ((n Num)) Bool
  (= (whole (bvor a b) n) (and (whole a n) (whole b n))))

(define-fun floor ((n Num)) Bool
  (and (bvule (bvmul (bvlshr v n) (two n)) v)
       (bvult v (bvmul (bvadd (bvlshr v n) (_ bv1 128)) (two n)))))

(define-fun inside ((n Num)) Bool
  (= (bvule (bvsub (bvmul (bvadd a (_ bv1 128)) (two n)) (_ bv1 128)) v)
     (or (bvult a (bvlshr v n))
	 (and (= a (bvlshr v n)) (whole (num (bvadd v64 (_ bv1 64))) n)))))

(define-fun flag ((n Num)) Bool
  (=> (and (bvult f (two n)) (bvule (bvmul v (two n)) (num #xffffffffffffffff)))
      (= (bvor (bvshl v n) f) (bvadd (bvmul v (two n)) f))))

(define-fun again ((n Num)) Bool
  (=> (bvult f (two n)) (= (bvlshr (bvor (bvshl v n) f) n) v)))
