/*
title.en = "Headcount by department and month"
title.zh = "部门每月人数"
description.en = """
How many people each department had at the end of each month, directly and with everything below it (a person counts once). The last month ends with the last day asked for."""
description.zh = """
每个部门每月末的人数：直属人数，以及含下级部门的人数（同一人只计一次）。"""
parameters = ["since", "until", "zone"]
*/
WITH RECURSIVE
    span AS (
        SELECT
            date_trunc('month', timezone($zone, min(e.time))) AS first,
            date_trunc('month', timezone($zone, max(e.time))) AS last
        FROM events e
        WHERE e.org = $org
            AND e.time >= day_start($since, $zone)
            AND e.time < day_end($until, $zone)
    ),
    months AS (SELECT unnest(generate_series(first, last, INTERVAL 1 MONTH)) AS month FROM span),
    ends AS (
        SELECT m.month, max(e.position) AS position
        FROM months m
        JOIN events e
            ON e.org = $org
            AND e.time < least(timezone($zone, m.month + INTERVAL 1 MONTH), day_end($until, $zone))
        GROUP BY m.month
    ),
    present AS (
        SELECT n.month, n.position, d.uid, d.name, d.parent
        FROM ends n
        JOIN departments d
            ON d.org = $org AND d.state = 'active'
            AND is_valid(d.valid_from, d.valid_to, n.position)
    ),
    tree AS (
        SELECT p.month, p.position, p.uid, p.name AS path, [p.uid] AS line
        FROM present p
        LEFT JOIN present q ON q.month = p.month AND q.uid = p.parent
        WHERE q.uid IS NULL
        UNION ALL
        SELECT p.month, p.position, p.uid, t.path || '/' || p.name, list_append(t.line, p.uid)
        FROM present p JOIN tree t ON t.month = p.month AND t.uid = p.parent
    ),
    belongs AS (
        SELECT t.month, t.uid, t.line, s.member
        FROM tree t
        JOIN memberships s
            ON s.org = $org AND s.department = t.uid
            AND is_valid(s.valid_from, s.valid_to, t.position)
    ),
    direct AS (SELECT month, uid, count(*) AS people FROM belongs GROUP BY ALL),
    below AS (
        SELECT month, uid, count(DISTINCT member) AS people
        FROM (SELECT month, unnest(line) AS uid, member FROM belongs)
        GROUP BY ALL
    )
SELECT
    CAST(t.month AS DATE) AS month,
    t.uid AS department,
    t.path,
    coalesce(d.people, 0) AS direct,
    coalesce(b.people, 0) AS with_below
FROM tree t
LEFT JOIN direct d ON d.month = t.month AND d.uid = t.uid
LEFT JOIN below b ON b.month = t.month AND b.uid = t.uid
ORDER BY t.month, t.path
