;; Reads numbers of a JSON list, as long as they are plain: at most 18 digits that count, at most 22 decimals, no exponent.
;; `at` is where a number begins, `out` where the doubles go, both byte offsets in the memory; the text ends with eight zeros.
;; Answers where it stopped: after the closing bracket, or where a number begins that is not plain or is none; and leaves at
;; offset 440 where the next double would go. There are tables at offset 0, of 10^0 to 10^22 as float64, at 184, of the same
;; divided into 1, and at 368, of 10^0 to 10^8 as int64.
;; Eight characters are looked at and eight digits put together at once (Lemire 2018, "Quickly parsing eight digits", as in
;; the library fast_float). Nothing is called for each number, as V8 compiles every call of a function as one.
(module
  (import "likeness" "memory" (memory 1))

  (func (export "readNumbers") (param $at i32) (param $out i32) (result i32)
    (local $token i32) (local $first i32) (local $character i32) (local $count i32) (local $significant i32) (local $decimals i32)
    (local $zeros i32)
    (local $whole i64) (local $eight i64) (local $ends i64)
    (local $digits f64) (local $divisor f64) (local $value f64) (local $product f64) (local $a f64) (local $b f64)
    (local $c f64) (local $d f64) (local $lacking f64) (local $doubt f64)
    (block $stop
      (loop $next
        (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
          (then (local.set $at (call $afterSpace (local.get $at)))))
        (local.set $token (local.get $at))
        (local.set $at (i32.add (local.get $at) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d))))

        (local.set $first (local.get $at))
        (local.set $whole (i64.const 0))
        (local.set $decimals (i32.const 0))
        (block $end_of_whole
          (loop $next_digit
            (local.set $character (i32.load8_u (local.get $at)))
            (br_if $end_of_whole
              (i32.ge_u (i32.sub (local.get $character) (i32.const 0x30)) (i32.const 10)))
            (local.set $whole
              (i64.add (i64.mul (local.get $whole) (i64.const 10))
                (i64.extend_i32_u (i32.sub (local.get $character) (i32.const 0x30)))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next_digit)))
        ;; One zero alone, or digits that do not begin with one.
        (local.set $significant (i32.sub (local.get $at) (local.get $first)))
        (br_if $stop (i32.eqz (local.get $significant)))
        (if (i32.eq (i32.load8_u (local.get $first)) (i32.const 0x30))
          (then
            (br_if $stop (i32.ne (local.get $significant) (i32.const 1)))
            (local.set $significant (i32.const 0))))

        (if (i32.eq (local.get $character) (i32.const 0x2e))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $first (local.get $at))
            ;; Zeros in front do not count.
            (local.set $zeros
              (select (i32.const 0)
                (i32.wrap_i64
                  (i64.shr_u
                    (i64.ctz (i64.xor (i64.load align=1 (local.get $at)) (i64.const 0x3030303030303030)))
                    (i64.const 3)))
                (local.get $significant)))
            (local.set $at (i32.add (local.get $at) (local.get $zeros)))
            (block $end_of_decimals
              (loop $next_eight
                (local.set $eight (i64.load align=1 (local.get $at)))
                ;; Of the first of them that is no digit the upper bit is 1.
                (local.set $ends
                  (i64.and (i64.const 0x8080808080808080)
                    (i64.or
                      (i64.add (local.get $eight) (i64.const 0x4646464646464646))
                      (i64.sub (local.get $eight) (i64.const 0x3030303030303030)))))
                ;; A branch that the processor foresees, so that it need not wait for the count to know what comes next.
                (if (i64.eqz (local.get $ends))
                  (then (local.set $count (i32.const 8)))
                  (else
                    (local.set $count (i32.wrap_i64 (i64.shr_u (i64.ctz (local.get $ends)) (i64.const 3))))
                    (br_if $end_of_decimals (i32.eqz (local.get $count)))))
                ;; The digits come to the end, with zeros before them.
                (local.set $eight
                  (i64.sub
                    (i64.or
                      (i64.shl (local.get $eight)
                        (i64.extend_i32_u (i32.sub (i32.const 64) (i32.shl (local.get $count) (i32.const 3)))))
                      (i64.shr_u (i64.const 0x3030303030303030)
                        (i64.extend_i32_u (i32.shl (local.get $count) (i32.const 3)))))
                    (i64.const 0x3030303030303030)))
                (local.set $eight
                  (i64.add (i64.mul (local.get $eight) (i64.const 10)) (i64.shr_u (local.get $eight) (i64.const 8))))
                (local.set $whole
                  (i64.add
                    (i64.mul (local.get $whole) (i64.load offset=368 (i32.shl (local.get $count) (i32.const 3))))
                    (i64.shr_u
                      (i64.add
                        (i64.mul (i64.and (local.get $eight) (i64.const 0x000000ff000000ff)) (i64.const 0x000f424000000064))
                        (i64.mul
                          (i64.and (i64.shr_u (local.get $eight) (i64.const 16)) (i64.const 0x000000ff000000ff))
                          (i64.const 0x0000271000000001)))
                      (i64.const 32))))
                (local.set $at (i32.add (local.get $at) (local.get $count)))
                (br_if $next_eight (i32.eq (local.get $count) (i32.const 8)))))
            (local.set $decimals (i32.sub (local.get $at) (local.get $first)))
            (br_if $stop (i32.eqz (local.get $decimals)))
            (local.set $significant
              (i32.add (local.get $significant) (i32.sub (local.get $decimals) (local.get $zeros))))
            (local.set $character (i32.load8_u (local.get $at)))))
        ;; With more digits `whole` may have overflowed.
        (br_if $stop (i32.gt_u (local.get $significant) (i32.const 18)))
        (br_if $stop (i32.gt_u (local.get $decimals) (i32.const 22)))

        (if (i32.le_u (local.get $character) (i32.const 0x20))
          (then
            (local.set $at (call $afterSpace (local.get $at)))
            (local.set $character (i32.load8_u (local.get $at)))))
        (br_if $stop
          (i32.and (i32.ne (local.get $character) (i32.const 0x2c)) (i32.ne (local.get $character) (i32.const 0x5d))))

        ;; `whole` / 10^`decimals`, rounded as IEEE 754 wants it. Up to 2^53 a division of two exact doubles is right by itself
        ;; (Clinger 1990, "How to read floating point numbers accurately").
        (local.set $digits (f64.convert_i64_s (local.get $whole)))
        (local.set $divisor (f64.load (i32.shl (local.get $decimals) (i32.const 3))))
        (local.set $value (f64.div (local.get $digits) (local.get $divisor)))
        (if (i64.ge_s (local.get $whole) (i64.const 0x20000000000000))
          (then
            ;; Past it, what the quotient lacks is found by an exact product (Dekker 1971, "A floating-point technique for
            ;; extending the available precision"): a + b is the quotient and c + d the divisor, each of 26 bits.
            (local.set $a (f64.mul (local.get $value) (f64.const 134217729)))
            (local.set $a (f64.sub (local.get $a) (f64.sub (local.get $a) (local.get $value))))
            (local.set $b (f64.sub (local.get $value) (local.get $a)))
            (local.set $c (f64.mul (local.get $divisor) (f64.const 134217729)))
            (local.set $c (f64.sub (local.get $c) (f64.sub (local.get $c) (local.get $divisor))))
            (local.set $d (f64.sub (local.get $divisor) (local.get $c)))
            (local.set $product (f64.mul (local.get $value) (local.get $divisor)))
            (local.set $lacking
              (f64.mul
                (f64.load offset=184 (i32.shl (local.get $decimals) (i32.const 3)))
                (f64.add
                  (f64.sub
                    (f64.sub (local.get $digits) (local.get $product))
                    (f64.add
                      (f64.add
                        (f64.add
                          (f64.sub (f64.mul (local.get $a) (local.get $c)) (local.get $product))
                          (f64.mul (local.get $a) (local.get $d)))
                        (f64.mul (local.get $b) (local.get $c)))
                      (f64.mul (local.get $b) (local.get $d))))
                  ;; What rounding took from the digits.
                  (f64.convert_i64_s (i64.sub (local.get $whole) (i64.trunc_f64_s (local.get $digits)))))))
            ;; The last bits of `lacking` are rounded too: where they would decide, somebody else has to.
            (local.set $doubt (f64.mul (local.get $lacking) (f64.const 0x1p-48)))
            (local.set $a (f64.add (local.get $value) (f64.add (local.get $lacking) (local.get $doubt))))
            (br_if $stop
              (f64.ne (local.get $a) (f64.add (local.get $value) (f64.sub (local.get $lacking) (local.get $doubt)))))
            (local.set $value (local.get $a))))

        (f64.store (local.get $out)
          (select (f64.neg (local.get $value)) (local.get $value)
            (i32.eq (i32.load8_u (local.get $token)) (i32.const 0x2d))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.eq (local.get $character) (i32.const 0x2c)))
        (local.set $token (local.get $at))))
    (i32.store (i32.const 440) (local.get $out))
    (local.get $token))

  (func $afterSpace (param $at i32) (result i32)
    (local $character i32)
    (loop $next
      (local.set $character (i32.load8_u (local.get $at)))
      (if (i32.or
            (i32.or (i32.eq (local.get $character) (i32.const 0x20)) (i32.eq (local.get $character) (i32.const 0x09)))
            (i32.or (i32.eq (local.get $character) (i32.const 0x0d)) (i32.eq (local.get $character) (i32.const 0x0a))))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $at)))
