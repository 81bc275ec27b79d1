/*
title.en = "Who joined or left"
title.zh = "入职与离职"
description.en = """
Everybody who joined, left or came back between two dates, with the departments they came to or left."""
description.zh = """
两个日期之间入职、离职和重新入职的人员，以及加入或离开的部门。"""
parameters = ["since", "until", "zone"]
*/
SELECT
    e.position,
    e.time,
    CASE e.name
        WHEN 'MemberCreated' THEN 'joined'
        WHEN 'MemberRehired' THEN 'came back'
        ELSE 'left'
    END AS change,
    m.uid,
    m.id,
    m.name,
    list(d.name ORDER BY s.is_main DESC, d.name) FILTER (WHERE d.name IS NOT NULL) AS departments,
    e.actor,
    e.run
FROM events e
JOIN members m
    ON m.org = e.org AND m.uid = e.entity AND is_valid(m.valid_from, m.valid_to, e.position)
LEFT JOIN memberships s
    ON s.org = e.org AND s.member = e.entity
    AND e.position = CASE e.name WHEN 'MemberResigned' THEN s.valid_to ELSE s.valid_from END
LEFT JOIN departments d
    ON d.org = s.org AND d.uid = s.department
    AND is_valid(d.valid_from, d.valid_to, e.position)
WHERE e.org = $org
    AND e.name IN ('MemberCreated', 'MemberRehired', 'MemberResigned')
    AND e.time >= day_start($since, $zone)
    AND e.time < day_end($until, $zone)
GROUP BY ALL
ORDER BY e.position
