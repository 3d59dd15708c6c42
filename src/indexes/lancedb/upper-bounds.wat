;; Upper bounds of cosines by binary codes, four bits at a time of sixteen rows at once: the "fast scan" of André, Kermarrec and
;; Le Scouarnec (PVLDB 2015), as RaBitQ uses it. All of these are byte offsets in the memory:
;; `tables` of uint8 [2 * bytes, 16], what the low and then the high four bits of each byte of a code add, at most 127;
;; `codes` of uint8 [groups, bytes, 16], row i of the first eight of a group in lane 2i, of the others in lane 2i + 1;
;; `shifts`, `scales` and `spreads` of float32 [groups, 16];
;; `out` of float32 [groups, 16], base + shift + scale * (step * sum + least) + spread * deviations;
;; `most` of float32 [groups], the greatest `out` of each group.
;; `bytes` is at most 258, so that no sum is past 65,535.
(module
  (import "likeness" "memory" (memory 1))
  (func (export "upperBounds")
    (param $tables i32) (param $codes i32) (param $shifts i32) (param $scales i32) (param $spreads i32)
    (param $out i32) (param $most i32) (param $groups i32) (param $bytes i32)
    (param $base f32) (param $step f32) (param $least f32) (param $deviations f32)
    (local $table i32) (local $end i32) (local $four i32)
    (local $eight v128) (local $first v128) (local $second v128) (local $bounds v128) (local $best v128)
    (local.set $end (i32.add (local.get $tables) (i32.shl (local.get $bytes) (i32.const 5))))
    (block $done
      (loop $next_group
        (br_if $done (i32.eqz (local.get $groups)))
        (local.set $table (local.get $tables))
        (local.set $first (v128.const i64x2 0 0))
        (local.set $second (v128.const i64x2 0 0))
        (loop $next_byte
          (local.set $eight (v128.load (local.get $codes)))
          (local.set $eight
            (i8x16.add
              (i8x16.swizzle (v128.load (local.get $table))
                (v128.and (local.get $eight) (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f)))
              (i8x16.swizzle (v128.load offset=16 (local.get $table)) (i8x16.shr_u (local.get $eight) (i32.const 4)))))
          (local.set $first
            (i16x8.add (local.get $first)
              (v128.and (local.get $eight) (v128.const i32x4 0x00ff00ff 0x00ff00ff 0x00ff00ff 0x00ff00ff))))
          (local.set $second (i16x8.add (local.get $second) (i16x8.shr_u (local.get $eight) (i32.const 8))))
          (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
          (local.set $table (i32.add (local.get $table) (i32.const 32)))
          (br_if $next_byte (i32.lt_u (local.get $table) (local.get $end))))
        (local.set $best (f32x4.splat (f32.const -inf)))
        (local.set $four (i32.const 4))
        (loop $next_four
          (local.set $bounds
            (f32x4.add
              (f32x4.add (f32x4.splat (local.get $base)) (v128.load (local.get $shifts)))
              (f32x4.add
                (f32x4.mul (v128.load (local.get $scales))
                  (f32x4.add (f32x4.splat (local.get $least))
                    (f32x4.mul (f32x4.splat (local.get $step))
                      (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $first))))))
                (f32x4.mul (v128.load (local.get $spreads)) (f32x4.splat (local.get $deviations))))))
          (v128.store (local.get $out) (local.get $bounds))
          (local.set $best (f32x4.pmax (local.get $best) (local.get $bounds)))
          ;; The next four sums come to the front.
          (local.set $first
            (i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 (local.get $first) (local.get $second)))
          (local.set $second
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $second) (local.get $second)))
          (local.set $shifts (i32.add (local.get $shifts) (i32.const 16)))
          (local.set $scales (i32.add (local.get $scales) (i32.const 16)))
          (local.set $spreads (i32.add (local.get $spreads) (i32.const 16)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (local.set $four (i32.sub (local.get $four) (i32.const 1)))
          (br_if $next_four (local.get $four)))
        (local.set $best
          (f32x4.pmax (local.get $best)
            (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $best) (local.get $best))))
        (f32.store (local.get $most)
          (f32.max (f32x4.extract_lane 0 (local.get $best)) (f32x4.extract_lane 1 (local.get $best))))
        (local.set $most (i32.add (local.get $most) (i32.const 4)))
        (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
        (br $next_group)))))
