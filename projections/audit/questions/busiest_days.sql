/*
title.en = "Busiest days"
title.zh = "变更最多的日子"
description.en = """
The days with the most events about the organization: how many, about how many people and departments, in how many runs."""
description.zh = """
组织变更事件最多的日子，以及当天涉及的人数、部门数和同步次数。"""
parameters = ["since", "until", "zone"]

[[own]]
name = "most"
type = "integer"
default = 10
about.en = "how many days to list"
about.zh = "列出多少天"
*/
SELECT
    CAST(timezone($zone, e.time) AS DATE) AS day,
    count(*) AS events,
    count(DISTINCT e.entity) FILTER (WHERE e.kind = 'member') AS members,
    count(DISTINCT e.entity) FILTER (WHERE e.kind = 'department') AS departments,
    count(DISTINCT e.run) AS runs,
    mode(e.name ORDER BY e.name) AS mostly
FROM events e
WHERE e.org = $org
    AND e.category = 'directory'
    AND e.time >= day_start($since, $zone)
    AND e.time < day_end($until, $zone)
GROUP BY ALL
ORDER BY events DESC, day
LIMIT $most
