/*
title.en = "Moves of departments"
title.zh = "部门调整历史"
description.en = """
Each time a department got another parent: from where to where, by whom. One department or all."""
description.zh = """
部门每次更换上级的记录：从哪里到哪里、由谁操作；可查一个部门或全部。"""
parameters = ["department", "since", "until", "zone"]
*/
SELECT
    e.position,
    e.time,
    d.uid AS department,
    d.id,
    d.name,
    was.parent AS from_parent,
    f.name AS from_name,
    d.parent AS to_parent,
    t.name AS to_name,
    e.actor,
    e.run
FROM departments d
JOIN departments was
    ON was.org = d.org AND was.uid = d.uid AND was.valid_to = d.valid_from
    AND was.parent IS DISTINCT FROM d.parent
JOIN events e ON e.position = d.valid_from
LEFT JOIN departments f
    ON f.org = d.org AND f.uid = was.parent AND is_valid(f.valid_from, f.valid_to, e.position)
LEFT JOIN departments t
    ON t.org = d.org AND t.uid = d.parent AND is_valid(t.valid_from, t.valid_to, e.position)
WHERE d.org = $org
    AND ($department IS NULL OR $department IN (d.uid, d.id))
    AND e.time >= day_start($since, $zone)
    AND e.time < day_end($until, $zone)
ORDER BY e.position
