/*
title.en = "How soon changes reach a target"
title.zh = "变更多久到达目标系统"
description.en = """
By target and day the median, the 95th percentile and the longest of the seconds from the last event about an entity until a run had brought it to the target. Left out is what no new event had led to: the first filling of a target, adoptions, repairs of drift, and changes of the mapping."""
description.zh = """
按目标系统和日期统计：从某对象的最近一次变更事件到某次运行在目标系统完成修改的秒数（中位数、95 分位和最大值）。不含并非由新事件引起的修改：首次填充、接管、偏差修复和映射变更。"""
parameters = ["target", "since", "until", "zone"]
*/
WITH
    brought AS (
        SELECT
            target, kind, entity, run,
            min(position) AS first,
            max(time) AS time,
            max(up_to) AS up_to,
            bool_or(outcome = 'applied') AS written
        FROM outcomes
        WHERE org = $org
            AND outcome IN ('applied', 'adopted')
            AND coalesce(target = $target, true)
        GROUP BY target, kind, entity, run
    ),
    applied AS (
        SELECT
            * EXCLUDE (first),
            coalesce(
                max(up_to) OVER (
                    PARTITION BY target, kind, entity
                    ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ),
                min(up_to) OVER (PARTITION BY target)
            ) AS before
        FROM brought
    ),
    news AS (
        SELECT position, time, kind, entity
        FROM events
        WHERE org = $org AND category = 'directory'
    ),
    taken AS (
        SELECT
            a.target,
            CAST(timezone($zone, a.time) AS DATE) AS day,
            epoch_us(a.time) / 1e6 - epoch_us(n.time) / 1e6 AS seconds
        FROM applied a
        ASOF JOIN news n
            ON n.kind = a.kind AND n.entity = a.entity AND n.position <= a.up_to
        WHERE a.written
            AND n.position > a.before
            AND a.time >= day_start($since, $zone)
            AND a.time < day_end($until, $zone)
    )
SELECT
    target,
    day,
    count(*) AS brought,
    round(quantile_cont(seconds, 0.5), 3) AS p50_seconds,
    round(quantile_cont(seconds, 0.95), 3) AS p95_seconds,
    round(max(seconds), 3) AS longest_seconds
FROM taken
GROUP BY target, day
ORDER BY target, day
