/*
title.en = "Busiest days"
title.zh = "变更最多的日子"
description.en = "The days with the most events about the organization, and how many people and runs they were about."
description.zh = "组织变更事件最多的日子，以及当天涉及的人数和同步次数。"

[[parameters]]
name = "since"
type = "date"
optional = true
about.en = "the first day; the beginning of the log if absent"
about.zh = "起始日期；缺省为日志开头"

[[parameters]]
name = "until"
type = "date"
optional = true
about.en = "the last day, included; now if absent"
about.zh = "结束日期（含当日）；缺省为现在"

[[parameters]]
name = "zone"
type = "text"
default = "UTC"
about.en = "the time zone in which days begin and end"
about.zh = "按哪个时区计算一天的起止"

[[parameters]]
name = "most"
type = "integer"
default = 10
about.en = "how many days"
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
    AND CAST(timezone($zone, e.time) AS DATE) >= coalesce($since, DATE '0001-01-01')
    AND CAST(timezone($zone, e.time) AS DATE) <= coalesce($until, DATE '9999-12-31')
GROUP BY ALL
ORDER BY events DESC, day
LIMIT $most
