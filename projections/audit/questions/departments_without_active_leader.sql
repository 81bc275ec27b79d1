/*
title.en = "Departments without an active leader"
title.zh = "无有效负责人的部门"
description.en = """
Departments that have people but no leader, and departments with a leader who is deactivated or has left; since when."""
description.zh = """
有成员但没有负责人的部门，以及负责人已停用或离职的部门，并给出起始时间。"""
parameters = []
*/
WITH
    people AS (
        SELECT department, count(*) AS members FROM memberships
        WHERE org = $org AND valid_to IS NULL GROUP BY department
    ),
    led AS (
        SELECT l.department, l.member, m.name, m.state
        FROM leaders l
        LEFT JOIN members m ON m.org = l.org AND m.uid = l.member AND m.valid_to IS NULL
        WHERE l.org = $org AND l.department IS NOT NULL AND l.valid_to IS NULL
    ),
    gone AS (
        SELECT entity, max(time) AS time FROM events
        WHERE org = $org AND name IN ('MemberDeactivated', 'MemberResigned') GROUP BY entity
    ),
    lost AS (
        SELECT department, max(time_to) AS time FROM leaders WHERE org = $org GROUP BY department
    ),
    born AS (SELECT uid, min(time_from) AS time FROM departments WHERE org = $org GROUP BY uid)
SELECT
    d.uid AS department,
    d.id,
    d.path,
    CASE WHEN l.member IS NULL THEN 'no leader' ELSE 'leader is ' || l.state END AS problem,
    l.member AS leader,
    l.name AS leader_name,
    coalesce(p.members, 0) AS members,
    CASE WHEN l.member IS NULL THEN coalesce(lost.time, born.time) ELSE gone.time END AS since
FROM current_departments d
LEFT JOIN led l ON l.department = d.uid
LEFT JOIN people p ON p.department = d.uid
LEFT JOIN gone ON gone.entity = l.member
LEFT JOIN lost ON lost.department = d.uid
LEFT JOIN born ON born.uid = d.uid
WHERE d.org = $org
    AND (l.state <> 'active' OR (l.member IS NULL AND p.members > 0))
ORDER BY d.path, l.member
