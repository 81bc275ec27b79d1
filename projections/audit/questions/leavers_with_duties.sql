/*
title.en = "Leavers who still have duties"
title.zh = "离职或停用但仍有职责的人员"
description.en = """
People who left or are deactivated and still hold a role, lead a department or manage somebody."""
description.zh = """
已离职或停用，但仍持有角色、负责部门或是他人上级的人员。"""
parameters = []
*/
WITH
    gone AS (
        SELECT m.uid, m.id, m.name, m.state, max(e.time) AS since
        FROM members m
        LEFT JOIN events e
            ON e.org = m.org AND e.entity = m.uid
            AND e.name IN ('MemberDeactivated', 'MemberResigned')
        WHERE m.org = $org AND m.valid_to IS NULL AND m.state <> 'active'
        GROUP BY ALL
    ),
    duties AS (
        SELECT g.member, 'holds role' AS duty, r.uid, r.name
        FROM grants g JOIN roles r ON r.org = g.org AND r.uid = g.role AND r.valid_to IS NULL
        WHERE g.org = $org AND g.valid_to IS NULL
        UNION ALL
        SELECT l.member, 'leads department', d.uid, d.path
        FROM leaders l JOIN current_departments d ON d.org = l.org AND d.uid = l.department
        WHERE l.org = $org AND l.valid_to IS NULL
        UNION ALL
        SELECT l.member, 'leads organization', o.org, o.name
        FROM leaders l JOIN organizations o ON o.org = l.org AND o.valid_to IS NULL
        WHERE l.org = $org AND l.valid_to IS NULL AND l.department IS NULL
        UNION ALL
        SELECT m.manager, 'manages', m.uid, m.name
        FROM members m
        WHERE m.org = $org AND m.valid_to IS NULL AND m.manager IS NOT NULL
    )
SELECT g.uid, g.id, g.name, g.state, g.since, d.duty, d.uid AS of_uid, d.name AS of_name
FROM gone g JOIN duties d ON d.member = g.uid
ORDER BY g.name, g.uid, d.duty, d.name
