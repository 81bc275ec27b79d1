/*
title.en = "Leavers whose accounts are open"
title.zh = "离职人员未关闭的账号"
description.en = """
People who had resigned by the end of a day (now, without one) and whose account at a target was neither closed nor deleted then: since when, for how many days, and what went wrong, if it was tried."""
description.zh = """
截至某日结束（缺省为现在）已离职、但目标系统账号尚未关闭或删除的人员：离职时间、天数，以及尝试关闭时的失败原因。"""
parameters = ["target", "at", "zone"]
*/
WITH
    point AS (
        SELECT coalesce(max(e.position), 0) AS position
        FROM events e WHERE e.org = $org AND e.time < day_end($at, $zone)
    ),
    gone AS (
        SELECT m.uid, m.id, m.name, max(e.time) AS resigned
        FROM point p
        JOIN members m
            ON m.org = $org AND m.state = 'resigned'
            AND is_valid(m.valid_from, m.valid_to, p.position)
        JOIN events e
            ON e.org = $org AND e.entity = m.uid AND e.name = 'MemberResigned'
            AND e.position <= p.position
        GROUP BY ALL
    ),
    failed AS (
        SELECT
            f.target,
            f.entity,
            arg_max(f.outcome, f.valid_from) AS outcome,
            arg_max(f.reason, f.valid_from) AS reason
        FROM point p
        JOIN failures f
            ON f.org = $org AND f.kind = 'member' AND f.action IN ('deactivate', 'delete')
            AND is_valid(f.valid_from, f.valid_to, p.position)
        GROUP BY ALL
    )
SELECT
    a.target,
    g.uid,
    g.id,
    g.name,
    a.remote,
    g.resigned,
    date_sub('day', g.resigned, least(day_end($at, $zone), now())) AS days,
    f.outcome,
    f.reason
FROM point p
JOIN placements a
    ON a.org = $org AND a.kind = 'member' AND NOT a.closed
    AND is_valid(a.valid_from, a.valid_to, p.position)
JOIN gone g ON g.uid = a.entity
LEFT JOIN failed f ON f.target = a.target AND f.entity = a.entity
WHERE coalesce(a.target = $target, true)
ORDER BY a.target, g.resigned, g.name, g.uid
