/*
title.en = "What failed at a target"
title.zh = "目标系统中失败的操作"
description.en = """
What was refused or parked and still is: about whom, why, what to do, and since when. What the next run tries again by itself is left out."""
description.zh = """
被目标系统拒绝或搁置、至今未解决的操作：涉及对象、原因、处理办法和起始时间；下次运行会自动重试的不列出。"""
parameters = ["target"]
*/
SELECT
    f.target,
    f.kind,
    f.entity,
    n.id,
    n.name,
    f.action,
    f.member,
    m.name AS member_name,
    f.outcome,
    f.code,
    f.reason,
    f.fix,
    f.time_from AS since,
    e.run
FROM failures f
JOIN events e ON e.position = f.valid_from
LEFT JOIN entities n
    ON n.org = f.org AND n.kind = f.kind AND n.uid = f.entity AND n.valid_to IS NULL
LEFT JOIN members m ON m.org = f.org AND m.uid = f.member AND m.valid_to IS NULL
WHERE f.org = $org
    AND f.valid_to IS NULL
    AND f.outcome IN ('refused', 'parked')
    AND coalesce(f.target = $target, true)
ORDER BY f.target, f.kind, n.name, f.entity, f.action, m.name, f.member
