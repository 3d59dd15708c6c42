;; Cosines of a query and of `n` rows that all have length 1: their dot products, in float64, none past 1 by rounding.
;; `dimension` is a multiple of 4. All of these are byte offsets in the memory: `query` of float64 [dimension],
;; `rows` of float32 [room, dimension], `places` of the wanted rows among these, of uint32 [n], `out` of float64 [n].
(module
  (import "likeness" "memory" (memory 1))
  (func (export "cosines")
    (param $query i32) (param $rows i32) (param $places i32) (param $n i32) (param $dimension i32) (param $out i32)
    (local $row i32) (local $at i32) (local $end i32) (local $four v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $query) (i32.shl (local.get $dimension) (i32.const 3))))
    (block $done
      (loop $next_row
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $at (local.get $query))
        (local.set $row
          (i32.add (local.get $rows)
            (i32.mul (i32.load (local.get $places)) (i32.shl (local.get $dimension) (i32.const 2)))))
        (local.set $low (v128.const i64x2 0 0))
        (local.set $high (v128.const i64x2 0 0))
        (loop $next_four
          (local.set $four (v128.load align=4 (local.get $row)))
          (local.set $low
            (f64x2.add (local.get $low)
              (f64x2.mul (v128.load align=8 (local.get $at)) (f64x2.promote_low_f32x4 (local.get $four)))))
          (local.set $high
            (f64x2.add (local.get $high)
              (f64x2.mul (v128.load offset=16 align=8 (local.get $at))
                (f64x2.promote_low_f32x4
                  (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four))))))
          (local.set $row (i32.add (local.get $row) (i32.const 16)))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $next_four (i32.lt_u (local.get $at) (local.get $end))))
        (local.set $low (f64x2.add (local.get $low) (local.get $high)))
        (f64.store (local.get $out)
          (f64.max (f64.const -1)
            (f64.min (f64.const 1)
              (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $places (i32.add (local.get $places) (i32.const 4)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next_row)))))
