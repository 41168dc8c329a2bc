-- The audit log as a hash chain. The link of record n is SHA-256 (FIPS 180-4) over the link before it,
-- 32 bytes, and the record as a JSON array of its columns; before the first there are 32 zero bytes.
CREATE TABLE audit_chain (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;

-- What the server has signed of it.
CREATE TABLE audit_checkpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    upto INTEGER NOT NULL,
    hash TEXT NOT NULL,
    records INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    jwk TEXT NOT NULL,
    jws TEXT NOT NULL
) STRICT;

-- Oldest records that were written to a file; they alone may be deleted.
CREATE TABLE audit_segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL UNIQUE,
    start_hash TEXT NOT NULL,
    end_hash TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    jwk TEXT NOT NULL,
    jws TEXT NOT NULL
) STRICT;

-- The newest record's link: SHA-256 in SQL, because D1 has no function for it, so that a link is made by
-- the statement that adds its record, whoever runs it. `tests/audit_chain/view.rs` writes this text and
-- says how it works; `s` is the hash after `n` blocks of 64 bytes and `i` times 16 rounds.
CREATE VIEW audit_link AS
WITH RECURSIVE
    k(i, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15) AS (VALUES
        (0, 1116352408, 1899447441, 3049323471, 3921009573, 961987163, 1508970993, 2453635748, 2870763221,
         3624381080, 310598401, 607225278, 1426881987, 1925078388, 2162078206, 2614888103, 3248222580),
        (1, 3835390401, 4022224774, 264347078, 604807628, 770255983, 1249150122, 1555081692, 1996064986, 2554220882,
         2821834349, 2952996808, 3210313671, 3336571891, 3584528711, 113926993, 338241895),
        (2, 666307205, 773529912, 1294757372, 1396182291, 1695183700, 1986661051, 2177026350, 2456956037, 2730485921,
         2820302411, 3259730800, 3345764771, 3516065817, 3600352804, 4094571909, 275423344),
        (3, 430227734, 506948616, 659060556, 883997877, 958139571, 1322822218, 1537002063, 1747873779, 1955562222,
         2024104815, 2227730452, 2361852424, 2428436474, 2756734187, 3204031479, 3329325298)),
    m(id, x) AS (
        SELECT a.id, coalesce((SELECT c.hash FROM audit_chain c WHERE c.id < a.id ORDER BY c.id DESC LIMIT 1),
            '0000000000000000000000000000000000000000000000000000000000000000')
            || hex(json_array(a.id, a.at_ms, a.action, a.status, a.user_id, a.scope, a.request_id,
            a.latency_ms, a.ip_address, a.user_agent, a.fields))
        FROM audit a ORDER BY a.id DESC LIMIT 1),
    s(id, n, i, x, h, v) AS (
        SELECT id, 0, 0,
            x || '80' || hex(zeroblob((119 - length(x) / 2 % 64) % 64)) || printf('%016X', length(x) * 4),
            '13598931192600822924052873463515414592253144134277101390424227734807621779033703',
            '13598931192600822924052873463515414592253144134277101390424227734807621779033703'
        FROM m
        UNION ALL
        SELECT s.id, s.n + (s.i = 3), iif(s.i = 3, 0, s.i + 1), s.x, iif(s.i, s.h, s.v), (
            WITH
            r0 AS (SELECT CAST(substr(s.v, 1, 10) AS INTEGER) AS e3, CAST(substr(s.v, 11, 10) AS INTEGER) AS e2,
                CAST(substr(s.v, 21, 10) AS INTEGER) AS e1, CAST(substr(s.v, 31, 10) AS INTEGER) AS e0,
                CAST(substr(s.v, 41, 10) AS INTEGER) AS a2, CAST(substr(s.v, 51, 10) AS INTEGER) AS a1,
                CAST(substr(s.v, 61, 10) AS INTEGER) AS a0, CAST(substr(s.v, 71, 10) AS INTEGER) AS z,
                iif(s.i, CAST(substr(s.v, 81, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 1, 8)) ->> '$') AS w0,
                iif(s.i, CAST(substr(s.v, 91, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 9, 8)) ->> '$') AS w1,
                iif(s.i, CAST(substr(s.v, 101, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 17, 8)) ->> '$') AS w2,
                iif(s.i, CAST(substr(s.v, 111, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 25, 8)) ->> '$') AS w3,
                iif(s.i, CAST(substr(s.v, 121, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 33, 8)) ->> '$') AS w4,
                iif(s.i, CAST(substr(s.v, 131, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 41, 8)) ->> '$') AS w5,
                iif(s.i, CAST(substr(s.v, 141, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 49, 8)) ->> '$') AS w6,
                iif(s.i, CAST(substr(s.v, 151, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 57, 8)) ->> '$') AS w7,
                iif(s.i, CAST(substr(s.v, 161, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 65, 8)) ->> '$') AS w8,
                iif(s.i, CAST(substr(s.v, 171, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 73, 8)) ->> '$') AS w9,
                iif(s.i, CAST(substr(s.v, 181, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 81, 8)) ->> '$') AS w10,
                iif(s.i, CAST(substr(s.v, 191, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 89, 8)) ->> '$') AS w11,
                iif(s.i, CAST(substr(s.v, 201, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 97, 8)) ->> '$') AS w12,
                iif(s.i, CAST(substr(s.v, 211, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 105, 8)) ->> '$') AS w13,
                iif(s.i, CAST(substr(s.v, 221, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 113, 8)) ->> '$') AS w14,
                iif(s.i, CAST(substr(s.v, 231, 10) AS INTEGER), ('0x' || substr(s.x, s.n * 128 + 121, 8)) ->> '$') AS w15
                LIMIT 1),
            r1 AS (SELECT ((e3 & 33554431) << 32 | e3) AS e3, ((e2 & 33554431) << 32 | e2) AS e2, ((e1 & 33554431) << 32 | e1) AS e1,
                ((e0 & 33554431) << 32 | e0) AS e0, ((a2 & 33554431) << 32 | a2) AS a2, ((a1 & 33554431) << 32 | a1) AS a1,
                ((a0 & 33554431) << 32 | a0) AS a0, ((z & 33554431) << 32 | z) AS z, ((w0 & 33554431) << 32 | w0) AS w0,
                ((w1 & 33554431) << 32 | w1) AS w1, ((w2 & 33554431) << 32 | w2) AS w2, ((w3 & 33554431) << 32 | w3) AS w3,
                ((w4 & 33554431) << 32 | w4) AS w4, ((w5 & 33554431) << 32 | w5) AS w5, ((w6 & 33554431) << 32 | w6) AS w6,
                ((w7 & 33554431) << 32 | w7) AS w7, ((w8 & 33554431) << 32 | w8) AS w8, ((w9 & 33554431) << 32 | w9) AS w9,
                ((w10 & 33554431) << 32 | w10) AS w10, ((w11 & 33554431) << 32 | w11) AS w11,
                ((w12 & 33554431) << 32 | w12) AS w12, ((w13 & 33554431) << 32 | w13) AS w13,
                ((w14 & 33554431) << 32 | w14) AS w14, ((w15 & 33554431) << 32 | w15) AS w15
                FROM r0 LIMIT 1),
            r2 AS (SELECT (a0 + e0 + ((e3 + (e3 >> 5) + (e3 >> 19) - 2 * ((e3 & (e3 >> 5)) | ((e3 >> 19) & (e3 | (e3 >> 5))))) >> 6) + (e3 & e2) + (~e3 & e1) + k.k0 + w0) & 4294967295 AS p,
                iif(s.i, (e3 - z + ((a2 + (a2 >> 11) + (a2 >> 20) - 2 * ((a2 & (a2 >> 11)) | ((a2 >> 20) & (a2 | (a2 >> 11))))) >> 2) + ((a2 & a1) | (a0 & (a2 | a1)))) & 4294967295, z) AS q,
                iif(s.i < 3, (w0 + ((w1 >> 7) + (w1 >> 18) + ((w1 & 4294967295) >> 3) - 2 * (((w1 >> 7) & (w1 >> 18)) | (((w1 & 4294967295) >> 3) & ((w1 >> 7) | (w1 >> 18))))) + w9 + ((w14 >> 17) + (w14 >> 19) + ((w14 & 4294967295) >> 10) - 2 * (((w14 >> 17) & (w14 >> 19)) | (((w14 & 4294967295) >> 10) & ((w14 >> 17) | (w14 >> 19)))))) & 4294967295, 0) AS r,
                e3, e2, e1, a2, a1, a0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15
                FROM r1 LIMIT 1),
            r3 AS (SELECT ((p & 33554431) << 32 | p) AS e4, ((q & 33554431) << 32 | q) AS a3, ((r & 33554431) << 32 | r) AS w16, e3,
                e2, e1, a2, a1, a0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15
                FROM r2 LIMIT 1),
            r4 AS (SELECT (a1 + e1 + ((e4 + (e4 >> 5) + (e4 >> 19) - 2 * ((e4 & (e4 >> 5)) | ((e4 >> 19) & (e4 | (e4 >> 5))))) >> 6) + (e4 & e3) + (~e4 & e2) + k.k1 + w1) & 4294967295 AS p,
                (e4 - a0 + ((a3 + (a3 >> 11) + (a3 >> 20) - 2 * ((a3 & (a3 >> 11)) | ((a3 >> 20) & (a3 | (a3 >> 11))))) >> 2) + ((a3 & a2) | (a1 & (a3 | a2)))) & 4294967295 AS q,
                iif(s.i < 3, (w1 + ((w2 >> 7) + (w2 >> 18) + ((w2 & 4294967295) >> 3) - 2 * (((w2 >> 7) & (w2 >> 18)) | (((w2 & 4294967295) >> 3) & ((w2 >> 7) | (w2 >> 18))))) + w10 + ((w15 >> 17) + (w15 >> 19) + ((w15 & 4294967295) >> 10) - 2 * (((w15 >> 17) & (w15 >> 19)) | (((w15 & 4294967295) >> 10) & ((w15 >> 17) | (w15 >> 19)))))) & 4294967295, 0) AS r,
                e4, e3, e2, a3, a2, a1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16
                FROM r3 LIMIT 1),
            r5 AS (SELECT ((p & 33554431) << 32 | p) AS e5, ((q & 33554431) << 32 | q) AS a4, ((r & 33554431) << 32 | r) AS w17, e4,
                e3, e2, a3, a2, a1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16
                FROM r4 LIMIT 1),
            r6 AS (SELECT (a2 + e2 + ((e5 + (e5 >> 5) + (e5 >> 19) - 2 * ((e5 & (e5 >> 5)) | ((e5 >> 19) & (e5 | (e5 >> 5))))) >> 6) + (e5 & e4) + (~e5 & e3) + k.k2 + w2) & 4294967295 AS p,
                (e5 - a1 + ((a4 + (a4 >> 11) + (a4 >> 20) - 2 * ((a4 & (a4 >> 11)) | ((a4 >> 20) & (a4 | (a4 >> 11))))) >> 2) + ((a4 & a3) | (a2 & (a4 | a3)))) & 4294967295 AS q,
                iif(s.i < 3, (w2 + ((w3 >> 7) + (w3 >> 18) + ((w3 & 4294967295) >> 3) - 2 * (((w3 >> 7) & (w3 >> 18)) | (((w3 & 4294967295) >> 3) & ((w3 >> 7) | (w3 >> 18))))) + w11 + ((w16 >> 17) + (w16 >> 19) + ((w16 & 4294967295) >> 10) - 2 * (((w16 >> 17) & (w16 >> 19)) | (((w16 & 4294967295) >> 10) & ((w16 >> 17) | (w16 >> 19)))))) & 4294967295, 0) AS r,
                e5, e4, e3, a4, a3, a2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17
                FROM r5 LIMIT 1),
            r7 AS (SELECT ((p & 33554431) << 32 | p) AS e6, ((q & 33554431) << 32 | q) AS a5, ((r & 33554431) << 32 | r) AS w18, e5,
                e4, e3, a4, a3, a2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17
                FROM r6 LIMIT 1),
            r8 AS (SELECT (a3 + e3 + ((e6 + (e6 >> 5) + (e6 >> 19) - 2 * ((e6 & (e6 >> 5)) | ((e6 >> 19) & (e6 | (e6 >> 5))))) >> 6) + (e6 & e5) + (~e6 & e4) + k.k3 + w3) & 4294967295 AS p,
                (e6 - a2 + ((a5 + (a5 >> 11) + (a5 >> 20) - 2 * ((a5 & (a5 >> 11)) | ((a5 >> 20) & (a5 | (a5 >> 11))))) >> 2) + ((a5 & a4) | (a3 & (a5 | a4)))) & 4294967295 AS q,
                iif(s.i < 3, (w3 + ((w4 >> 7) + (w4 >> 18) + ((w4 & 4294967295) >> 3) - 2 * (((w4 >> 7) & (w4 >> 18)) | (((w4 & 4294967295) >> 3) & ((w4 >> 7) | (w4 >> 18))))) + w12 + ((w17 >> 17) + (w17 >> 19) + ((w17 & 4294967295) >> 10) - 2 * (((w17 >> 17) & (w17 >> 19)) | (((w17 & 4294967295) >> 10) & ((w17 >> 17) | (w17 >> 19)))))) & 4294967295, 0) AS r,
                e6, e5, e4, a5, a4, a3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18
                FROM r7 LIMIT 1),
            r9 AS (SELECT ((p & 33554431) << 32 | p) AS e7, ((q & 33554431) << 32 | q) AS a6, ((r & 33554431) << 32 | r) AS w19, e6,
                e5, e4, a5, a4, a3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18
                FROM r8 LIMIT 1),
            r10 AS (SELECT (a4 + e4 + ((e7 + (e7 >> 5) + (e7 >> 19) - 2 * ((e7 & (e7 >> 5)) | ((e7 >> 19) & (e7 | (e7 >> 5))))) >> 6) + (e7 & e6) + (~e7 & e5) + k.k4 + w4) & 4294967295 AS p,
                (e7 - a3 + ((a6 + (a6 >> 11) + (a6 >> 20) - 2 * ((a6 & (a6 >> 11)) | ((a6 >> 20) & (a6 | (a6 >> 11))))) >> 2) + ((a6 & a5) | (a4 & (a6 | a5)))) & 4294967295 AS q,
                iif(s.i < 3, (w4 + ((w5 >> 7) + (w5 >> 18) + ((w5 & 4294967295) >> 3) - 2 * (((w5 >> 7) & (w5 >> 18)) | (((w5 & 4294967295) >> 3) & ((w5 >> 7) | (w5 >> 18))))) + w13 + ((w18 >> 17) + (w18 >> 19) + ((w18 & 4294967295) >> 10) - 2 * (((w18 >> 17) & (w18 >> 19)) | (((w18 & 4294967295) >> 10) & ((w18 >> 17) | (w18 >> 19)))))) & 4294967295, 0) AS r,
                e7, e6, e5, a6, a5, a4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19
                FROM r9 LIMIT 1),
            r11 AS (SELECT ((p & 33554431) << 32 | p) AS e8, ((q & 33554431) << 32 | q) AS a7, ((r & 33554431) << 32 | r) AS w20, e7,
                e6, e5, a6, a5, a4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19
                FROM r10 LIMIT 1),
            r12 AS (SELECT (a5 + e5 + ((e8 + (e8 >> 5) + (e8 >> 19) - 2 * ((e8 & (e8 >> 5)) | ((e8 >> 19) & (e8 | (e8 >> 5))))) >> 6) + (e8 & e7) + (~e8 & e6) + k.k5 + w5) & 4294967295 AS p,
                (e8 - a4 + ((a7 + (a7 >> 11) + (a7 >> 20) - 2 * ((a7 & (a7 >> 11)) | ((a7 >> 20) & (a7 | (a7 >> 11))))) >> 2) + ((a7 & a6) | (a5 & (a7 | a6)))) & 4294967295 AS q,
                iif(s.i < 3, (w5 + ((w6 >> 7) + (w6 >> 18) + ((w6 & 4294967295) >> 3) - 2 * (((w6 >> 7) & (w6 >> 18)) | (((w6 & 4294967295) >> 3) & ((w6 >> 7) | (w6 >> 18))))) + w14 + ((w19 >> 17) + (w19 >> 19) + ((w19 & 4294967295) >> 10) - 2 * (((w19 >> 17) & (w19 >> 19)) | (((w19 & 4294967295) >> 10) & ((w19 >> 17) | (w19 >> 19)))))) & 4294967295, 0) AS r,
                e8, e7, e6, a7, a6, a5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20
                FROM r11 LIMIT 1),
            r13 AS (SELECT ((p & 33554431) << 32 | p) AS e9, ((q & 33554431) << 32 | q) AS a8, ((r & 33554431) << 32 | r) AS w21, e8,
                e7, e6, a7, a6, a5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20
                FROM r12 LIMIT 1),
            r14 AS (SELECT (a6 + e6 + ((e9 + (e9 >> 5) + (e9 >> 19) - 2 * ((e9 & (e9 >> 5)) | ((e9 >> 19) & (e9 | (e9 >> 5))))) >> 6) + (e9 & e8) + (~e9 & e7) + k.k6 + w6) & 4294967295 AS p,
                (e9 - a5 + ((a8 + (a8 >> 11) + (a8 >> 20) - 2 * ((a8 & (a8 >> 11)) | ((a8 >> 20) & (a8 | (a8 >> 11))))) >> 2) + ((a8 & a7) | (a6 & (a8 | a7)))) & 4294967295 AS q,
                iif(s.i < 3, (w6 + ((w7 >> 7) + (w7 >> 18) + ((w7 & 4294967295) >> 3) - 2 * (((w7 >> 7) & (w7 >> 18)) | (((w7 & 4294967295) >> 3) & ((w7 >> 7) | (w7 >> 18))))) + w15 + ((w20 >> 17) + (w20 >> 19) + ((w20 & 4294967295) >> 10) - 2 * (((w20 >> 17) & (w20 >> 19)) | (((w20 & 4294967295) >> 10) & ((w20 >> 17) | (w20 >> 19)))))) & 4294967295, 0) AS r,
                e9, e8, e7, a8, a7, a6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21
                FROM r13 LIMIT 1),
            r15 AS (SELECT ((p & 33554431) << 32 | p) AS e10, ((q & 33554431) << 32 | q) AS a9, ((r & 33554431) << 32 | r) AS w22, e9,
                e8, e7, a8, a7, a6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21
                FROM r14 LIMIT 1),
            r16 AS (SELECT (a7 + e7 + ((e10 + (e10 >> 5) + (e10 >> 19) - 2 * ((e10 & (e10 >> 5)) | ((e10 >> 19) & (e10 | (e10 >> 5))))) >> 6) + (e10 & e9) + (~e10 & e8) + k.k7 + w7) & 4294967295 AS p,
                (e10 - a6 + ((a9 + (a9 >> 11) + (a9 >> 20) - 2 * ((a9 & (a9 >> 11)) | ((a9 >> 20) & (a9 | (a9 >> 11))))) >> 2) + ((a9 & a8) | (a7 & (a9 | a8)))) & 4294967295 AS q,
                iif(s.i < 3, (w7 + ((w8 >> 7) + (w8 >> 18) + ((w8 & 4294967295) >> 3) - 2 * (((w8 >> 7) & (w8 >> 18)) | (((w8 & 4294967295) >> 3) & ((w8 >> 7) | (w8 >> 18))))) + w16 + ((w21 >> 17) + (w21 >> 19) + ((w21 & 4294967295) >> 10) - 2 * (((w21 >> 17) & (w21 >> 19)) | (((w21 & 4294967295) >> 10) & ((w21 >> 17) | (w21 >> 19)))))) & 4294967295, 0) AS r,
                e10, e9, e8, a9, a8, a7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22
                FROM r15 LIMIT 1),
            r17 AS (SELECT ((p & 33554431) << 32 | p) AS e11, ((q & 33554431) << 32 | q) AS a10, ((r & 33554431) << 32 | r) AS w23,
                e10, e9, e8, a9, a8, a7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22
                FROM r16 LIMIT 1),
            r18 AS (SELECT (a8 + e8 + ((e11 + (e11 >> 5) + (e11 >> 19) - 2 * ((e11 & (e11 >> 5)) | ((e11 >> 19) & (e11 | (e11 >> 5))))) >> 6) + (e11 & e10) + (~e11 & e9) + k.k8 + w8) & 4294967295 AS p,
                (e11 - a7 + ((a10 + (a10 >> 11) + (a10 >> 20) - 2 * ((a10 & (a10 >> 11)) | ((a10 >> 20) & (a10 | (a10 >> 11))))) >> 2) + ((a10 & a9) | (a8 & (a10 | a9)))) & 4294967295 AS q,
                iif(s.i < 3, (w8 + ((w9 >> 7) + (w9 >> 18) + ((w9 & 4294967295) >> 3) - 2 * (((w9 >> 7) & (w9 >> 18)) | (((w9 & 4294967295) >> 3) & ((w9 >> 7) | (w9 >> 18))))) + w17 + ((w22 >> 17) + (w22 >> 19) + ((w22 & 4294967295) >> 10) - 2 * (((w22 >> 17) & (w22 >> 19)) | (((w22 & 4294967295) >> 10) & ((w22 >> 17) | (w22 >> 19)))))) & 4294967295, 0) AS r,
                e11, e10, e9, a10, a9, a8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23
                FROM r17 LIMIT 1),
            r19 AS (SELECT ((p & 33554431) << 32 | p) AS e12, ((q & 33554431) << 32 | q) AS a11, ((r & 33554431) << 32 | r) AS w24,
                e11, e10, e9, a10, a9, a8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23
                FROM r18 LIMIT 1),
            r20 AS (SELECT (a9 + e9 + ((e12 + (e12 >> 5) + (e12 >> 19) - 2 * ((e12 & (e12 >> 5)) | ((e12 >> 19) & (e12 | (e12 >> 5))))) >> 6) + (e12 & e11) + (~e12 & e10) + k.k9 + w9) & 4294967295 AS p,
                (e12 - a8 + ((a11 + (a11 >> 11) + (a11 >> 20) - 2 * ((a11 & (a11 >> 11)) | ((a11 >> 20) & (a11 | (a11 >> 11))))) >> 2) + ((a11 & a10) | (a9 & (a11 | a10)))) & 4294967295 AS q,
                iif(s.i < 3, (w9 + ((w10 >> 7) + (w10 >> 18) + ((w10 & 4294967295) >> 3) - 2 * (((w10 >> 7) & (w10 >> 18)) | (((w10 & 4294967295) >> 3) & ((w10 >> 7) | (w10 >> 18))))) + w18 + ((w23 >> 17) + (w23 >> 19) + ((w23 & 4294967295) >> 10) - 2 * (((w23 >> 17) & (w23 >> 19)) | (((w23 & 4294967295) >> 10) & ((w23 >> 17) | (w23 >> 19)))))) & 4294967295, 0) AS r,
                e12, e11, e10, a11, a10, a9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24
                FROM r19 LIMIT 1),
            r21 AS (SELECT ((p & 33554431) << 32 | p) AS e13, ((q & 33554431) << 32 | q) AS a12, ((r & 33554431) << 32 | r) AS w25,
                e12, e11, e10, a11, a10, a9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24
                FROM r20 LIMIT 1),
            r22 AS (SELECT (a10 + e10 + ((e13 + (e13 >> 5) + (e13 >> 19) - 2 * ((e13 & (e13 >> 5)) | ((e13 >> 19) & (e13 | (e13 >> 5))))) >> 6) + (e13 & e12) + (~e13 & e11) + k.k10 + w10) & 4294967295 AS p,
                (e13 - a9 + ((a12 + (a12 >> 11) + (a12 >> 20) - 2 * ((a12 & (a12 >> 11)) | ((a12 >> 20) & (a12 | (a12 >> 11))))) >> 2) + ((a12 & a11) | (a10 & (a12 | a11)))) & 4294967295 AS q,
                iif(s.i < 3, (w10 + ((w11 >> 7) + (w11 >> 18) + ((w11 & 4294967295) >> 3) - 2 * (((w11 >> 7) & (w11 >> 18)) | (((w11 & 4294967295) >> 3) & ((w11 >> 7) | (w11 >> 18))))) + w19 + ((w24 >> 17) + (w24 >> 19) + ((w24 & 4294967295) >> 10) - 2 * (((w24 >> 17) & (w24 >> 19)) | (((w24 & 4294967295) >> 10) & ((w24 >> 17) | (w24 >> 19)))))) & 4294967295, 0) AS r,
                e13, e12, e11, a12, a11, a10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25
                FROM r21 LIMIT 1),
            r23 AS (SELECT ((p & 33554431) << 32 | p) AS e14, ((q & 33554431) << 32 | q) AS a13, ((r & 33554431) << 32 | r) AS w26,
                e13, e12, e11, a12, a11, a10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25
                FROM r22 LIMIT 1),
            r24 AS (SELECT (a11 + e11 + ((e14 + (e14 >> 5) + (e14 >> 19) - 2 * ((e14 & (e14 >> 5)) | ((e14 >> 19) & (e14 | (e14 >> 5))))) >> 6) + (e14 & e13) + (~e14 & e12) + k.k11 + w11) & 4294967295 AS p,
                (e14 - a10 + ((a13 + (a13 >> 11) + (a13 >> 20) - 2 * ((a13 & (a13 >> 11)) | ((a13 >> 20) & (a13 | (a13 >> 11))))) >> 2) + ((a13 & a12) | (a11 & (a13 | a12)))) & 4294967295 AS q,
                iif(s.i < 3, (w11 + ((w12 >> 7) + (w12 >> 18) + ((w12 & 4294967295) >> 3) - 2 * (((w12 >> 7) & (w12 >> 18)) | (((w12 & 4294967295) >> 3) & ((w12 >> 7) | (w12 >> 18))))) + w20 + ((w25 >> 17) + (w25 >> 19) + ((w25 & 4294967295) >> 10) - 2 * (((w25 >> 17) & (w25 >> 19)) | (((w25 & 4294967295) >> 10) & ((w25 >> 17) | (w25 >> 19)))))) & 4294967295, 0) AS r,
                e14, e13, e12, a13, a12, a11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26
                FROM r23 LIMIT 1),
            r25 AS (SELECT ((p & 33554431) << 32 | p) AS e15, ((q & 33554431) << 32 | q) AS a14, ((r & 33554431) << 32 | r) AS w27,
                e14, e13, e12, a13, a12, a11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26
                FROM r24 LIMIT 1),
            r26 AS (SELECT (a12 + e12 + ((e15 + (e15 >> 5) + (e15 >> 19) - 2 * ((e15 & (e15 >> 5)) | ((e15 >> 19) & (e15 | (e15 >> 5))))) >> 6) + (e15 & e14) + (~e15 & e13) + k.k12 + w12) & 4294967295 AS p,
                (e15 - a11 + ((a14 + (a14 >> 11) + (a14 >> 20) - 2 * ((a14 & (a14 >> 11)) | ((a14 >> 20) & (a14 | (a14 >> 11))))) >> 2) + ((a14 & a13) | (a12 & (a14 | a13)))) & 4294967295 AS q,
                iif(s.i < 3, (w12 + ((w13 >> 7) + (w13 >> 18) + ((w13 & 4294967295) >> 3) - 2 * (((w13 >> 7) & (w13 >> 18)) | (((w13 & 4294967295) >> 3) & ((w13 >> 7) | (w13 >> 18))))) + w21 + ((w26 >> 17) + (w26 >> 19) + ((w26 & 4294967295) >> 10) - 2 * (((w26 >> 17) & (w26 >> 19)) | (((w26 & 4294967295) >> 10) & ((w26 >> 17) | (w26 >> 19)))))) & 4294967295, 0) AS r,
                e15, e14, e13, a14, a13, a12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27
                FROM r25 LIMIT 1),
            r27 AS (SELECT ((p & 33554431) << 32 | p) AS e16, ((q & 33554431) << 32 | q) AS a15, ((r & 33554431) << 32 | r) AS w28,
                e15, e14, e13, a14, a13, a12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27
                FROM r26 LIMIT 1),
            r28 AS (SELECT (a13 + e13 + ((e16 + (e16 >> 5) + (e16 >> 19) - 2 * ((e16 & (e16 >> 5)) | ((e16 >> 19) & (e16 | (e16 >> 5))))) >> 6) + (e16 & e15) + (~e16 & e14) + k.k13 + w13) & 4294967295 AS p,
                (e16 - a12 + ((a15 + (a15 >> 11) + (a15 >> 20) - 2 * ((a15 & (a15 >> 11)) | ((a15 >> 20) & (a15 | (a15 >> 11))))) >> 2) + ((a15 & a14) | (a13 & (a15 | a14)))) & 4294967295 AS q,
                iif(s.i < 3, (w13 + ((w14 >> 7) + (w14 >> 18) + ((w14 & 4294967295) >> 3) - 2 * (((w14 >> 7) & (w14 >> 18)) | (((w14 & 4294967295) >> 3) & ((w14 >> 7) | (w14 >> 18))))) + w22 + ((w27 >> 17) + (w27 >> 19) + ((w27 & 4294967295) >> 10) - 2 * (((w27 >> 17) & (w27 >> 19)) | (((w27 & 4294967295) >> 10) & ((w27 >> 17) | (w27 >> 19)))))) & 4294967295, 0) AS r,
                e16, e15, e14, a15, a14, a13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28
                FROM r27 LIMIT 1),
            r29 AS (SELECT ((p & 33554431) << 32 | p) AS e17, ((q & 33554431) << 32 | q) AS a16, ((r & 33554431) << 32 | r) AS w29,
                e16, e15, e14, a15, a14, a13, w14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28
                FROM r28 LIMIT 1),
            r30 AS (SELECT (a14 + e14 + ((e17 + (e17 >> 5) + (e17 >> 19) - 2 * ((e17 & (e17 >> 5)) | ((e17 >> 19) & (e17 | (e17 >> 5))))) >> 6) + (e17 & e16) + (~e17 & e15) + k.k14 + w14) & 4294967295 AS p,
                (e17 - a13 + ((a16 + (a16 >> 11) + (a16 >> 20) - 2 * ((a16 & (a16 >> 11)) | ((a16 >> 20) & (a16 | (a16 >> 11))))) >> 2) + ((a16 & a15) | (a14 & (a16 | a15)))) & 4294967295 AS q,
                iif(s.i < 3, (w14 + ((w15 >> 7) + (w15 >> 18) + ((w15 & 4294967295) >> 3) - 2 * (((w15 >> 7) & (w15 >> 18)) | (((w15 & 4294967295) >> 3) & ((w15 >> 7) | (w15 >> 18))))) + w23 + ((w28 >> 17) + (w28 >> 19) + ((w28 & 4294967295) >> 10) - 2 * (((w28 >> 17) & (w28 >> 19)) | (((w28 & 4294967295) >> 10) & ((w28 >> 17) | (w28 >> 19)))))) & 4294967295, 0) AS r,
                e17, e16, e15, a16, a15, a14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29
                FROM r29 LIMIT 1),
            r31 AS (SELECT ((p & 33554431) << 32 | p) AS e18, ((q & 33554431) << 32 | q) AS a17, ((r & 33554431) << 32 | r) AS w30,
                e17, e16, e15, a16, a15, a14, w15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29
                FROM r30 LIMIT 1),
            r32 AS (SELECT (a15 + e15 + ((e18 + (e18 >> 5) + (e18 >> 19) - 2 * ((e18 & (e18 >> 5)) | ((e18 >> 19) & (e18 | (e18 >> 5))))) >> 6) + (e18 & e17) + (~e18 & e16) + k.k15 + w15) & 4294967295 AS p,
                (e18 - a14 + ((a17 + (a17 >> 11) + (a17 >> 20) - 2 * ((a17 & (a17 >> 11)) | ((a17 >> 20) & (a17 | (a17 >> 11))))) >> 2) + ((a17 & a16) | (a15 & (a17 | a16)))) & 4294967295 AS q,
                iif(s.i < 3, (w15 + ((w16 >> 7) + (w16 >> 18) + ((w16 & 4294967295) >> 3) - 2 * (((w16 >> 7) & (w16 >> 18)) | (((w16 & 4294967295) >> 3) & ((w16 >> 7) | (w16 >> 18))))) + w24 + ((w29 >> 17) + (w29 >> 19) + ((w29 & 4294967295) >> 10) - 2 * (((w29 >> 17) & (w29 >> 19)) | (((w29 & 4294967295) >> 10) & ((w29 >> 17) | (w29 >> 19)))))) & 4294967295, 0) AS r,
                e18, e17, e16, a17, a16, a15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29, w30
                FROM r31 LIMIT 1),
            r33 AS (SELECT ((p & 33554431) << 32 | p) AS e19, ((q & 33554431) << 32 | q) AS a18, ((r & 33554431) << 32 | r) AS w31,
                e18, e17, e16, a17, a16, a15, w16, w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29, w30
                FROM r32 LIMIT 1)
            SELECT iif(s.i = 3,
                printf('%010d%010d%010d%010d%010d%010d%010d%010d', (e19 + CAST(substr(s.h, 1, 10) AS INTEGER)) & 4294967295,
                (e18 + CAST(substr(s.h, 11, 10) AS INTEGER)) & 4294967295,
                (e17 + CAST(substr(s.h, 21, 10) AS INTEGER)) & 4294967295,
                (e16 + CAST(substr(s.h, 31, 10) AS INTEGER)) & 4294967295,
                (a18 + CAST(substr(s.h, 41, 10) AS INTEGER)) & 4294967295,
                (a17 + CAST(substr(s.h, 51, 10) AS INTEGER)) & 4294967295,
                (a16 + CAST(substr(s.h, 61, 10) AS INTEGER)) & 4294967295,
                ((e19 - a15 + ((a18 + (a18 >> 11) + (a18 >> 20) - 2 * ((a18 & (a18 >> 11)) | ((a18 >> 20) & (a18 | (a18 >> 11))))) >> 2) + ((a18 & a17) | (a16 & (a18 | a17)))) + CAST(substr(s.h, 71, 10) AS INTEGER)) & 4294967295),
                printf('%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d%010d',
                e19 & 4294967295, e18 & 4294967295, e17 & 4294967295, e16 & 4294967295, a18 & 4294967295, a17 & 4294967295,
                a16 & 4294967295, a15 & 4294967295, w16 & 4294967295, w17 & 4294967295, w18 & 4294967295, w19 & 4294967295,
                w20 & 4294967295, w21 & 4294967295, w22 & 4294967295, w23 & 4294967295, w24 & 4294967295, w25 & 4294967295,
                w26 & 4294967295, w27 & 4294967295, w28 & 4294967295, w29 & 4294967295, w30 & 4294967295, w31 & 4294967295))
            FROM r33 LIMIT 1)
        FROM s CROSS JOIN k WHERE k.i = s.i AND s.n * 128 < length(s.x))
SELECT id, printf('%08x%08x%08x%08x%08x%08x%08x%08x', CAST(substr(v, 71, 10) AS INTEGER), CAST(substr(v, 41, 10) AS INTEGER), CAST(substr(v, 51, 10) AS INTEGER),
    CAST(substr(v, 61, 10) AS INTEGER), CAST(substr(v, 1, 10) AS INTEGER), CAST(substr(v, 11, 10) AS INTEGER),
    CAST(substr(v, 21, 10) AS INTEGER), CAST(substr(v, 31, 10) AS INTEGER)) AS hash
FROM s WHERE n * 128 = length(x);

-- Records from before this table have no links. Until the server has made them, which ends with the first
-- checkpoint, newer records wait for theirs; afterwards nothing waits.
CREATE TRIGGER audit_is_chained AFTER INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit_chain WHERE id = NEW.id - 1)
    OR NOT EXISTS (SELECT 1 FROM audit WHERE id < NEW.id)
    OR EXISTS (SELECT 1 FROM audit_checkpoint)
BEGIN
    INSERT INTO audit_chain (id, hash) SELECT id, hash FROM audit_link WHERE id = NEW.id;
END;

CREATE TRIGGER audit_chain_is_not_changed BEFORE UPDATE ON audit_chain
BEGIN
    SELECT RAISE(ABORT, 'links of the audit log are never changed');
END;

-- `INSERT OR REPLACE` deletes without a word to triggers for that; so in the tables below.
CREATE TRIGGER audit_chain_is_not_replaced BEFORE INSERT ON audit_chain
WHEN EXISTS (SELECT 1 FROM audit_chain WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'links of the audit log are never changed');
END;

-- The link at a segment's end stays: the next record's stands on it.
CREATE TRIGGER audit_chain_is_not_deleted BEFORE DELETE ON audit_chain
WHEN OLD.id >= coalesce((SELECT max(last_id) FROM audit_segment), 0)
BEGIN
    SELECT RAISE(ABORT, 'links of the audit log are never deleted');
END;

CREATE TRIGGER audit_checkpoint_is_not_changed BEFORE UPDATE ON audit_checkpoint
BEGIN
    SELECT RAISE(ABORT, 'checkpoints of the audit log are never changed');
END;

CREATE TRIGGER audit_checkpoint_is_not_replaced BEFORE INSERT ON audit_checkpoint
WHEN EXISTS (SELECT 1 FROM audit_checkpoint WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'checkpoints of the audit log are never changed');
END;

CREATE TRIGGER audit_checkpoint_is_not_deleted BEFORE DELETE ON audit_checkpoint
BEGIN
    SELECT RAISE(ABORT, 'checkpoints of the audit log are never deleted');
END;

CREATE TRIGGER audit_segment_is_not_changed BEFORE UPDATE ON audit_segment
BEGIN
    SELECT RAISE(ABORT, 'segments of the audit log are never changed');
END;

-- A segment ends with a record that has a link, and takes up where the one before it ended.
CREATE TRIGGER audit_segment_fits BEFORE INSERT ON audit_segment
WHEN NEW.last_id < NEW.first_id
    OR NOT EXISTS (SELECT 1 FROM audit_chain WHERE id = NEW.last_id AND hash = NEW.end_hash)
    OR NEW.first_id <> coalesce((SELECT max(last_id) + 1 FROM audit_segment),
        (SELECT min(id) FROM audit), 0)
BEGIN
    SELECT RAISE(ABORT, 'a segment of the audit log begins where the one before it ended');
END;

CREATE TRIGGER audit_segment_is_not_deleted BEFORE DELETE ON audit_segment
BEGIN
    SELECT RAISE(ABORT, 'segments of the audit log are never deleted');
END;

DROP TRIGGER audit_is_not_deleted;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
WHEN OLD.id > coalesce((SELECT max(last_id) FROM audit_segment), 0)
BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;
