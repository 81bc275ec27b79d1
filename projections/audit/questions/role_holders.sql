/*
title.en = "Who had a role on a date"
title.zh = "某日的角色持有人"
description.en = """
Who held a role at the end of a day (now, without one), since when, and who had granted it."""
description.zh = """
某日结束时（缺省为现在）某角色的持有人、持有起始时间和授予者。"""
parameters = ["role", "at", "zone"]
*/
WITH
    point AS (
        SELECT coalesce(max(e.position), 0) AS position
        FROM events e WHERE e.org = $org AND e.time < day_end($at, $zone)
    )
SELECT
    r.uid AS role,
    r.name AS role_name,
    m.uid AS member,
    m.id,
    m.name,
    m.state,
    g.time_from AS since,
    e.actor AS granted_by,
    e.run
FROM point p
JOIN roles r
    ON r.org = $org AND $role IN (r.uid, r.id, r.name) AND r.state = 'active'
    AND is_valid(r.valid_from, r.valid_to, p.position)
JOIN grants g
    ON g.org = r.org AND g.role = r.uid AND is_valid(g.valid_from, g.valid_to, p.position)
JOIN members m
    ON m.org = g.org AND m.uid = g.member AND is_valid(m.valid_from, m.valid_to, p.position)
JOIN events e ON e.position = g.valid_from
ORDER BY r.name, m.name, m.uid
