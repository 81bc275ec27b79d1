/*
title.en = "Contacts that several members share"
title.zh = "重复的联系方式"
description.en = """
E-mail addresses (without regard to case), mobile and job numbers that more than one present member has."""
description.zh = """
多名在职人员共用的邮箱（不区分大小写）、手机号或工号。"""
parameters = []
*/
WITH
    present AS (
        SELECT * FROM members WHERE org = $org AND valid_to IS NULL AND state <> 'resigned'
    ),
    contacts AS (
        SELECT 'email' AS field, lower(email) AS value, uid, name FROM present
        WHERE email IS NOT NULL
        UNION ALL
        SELECT 'mobile', mobile, uid, name FROM present WHERE mobile IS NOT NULL
        UNION ALL
        SELECT 'job_number', job_number, uid, name FROM present WHERE job_number IS NOT NULL
    ),
    shared AS (SELECT field, value FROM contacts GROUP BY ALL HAVING count(*) > 1)
SELECT
    field,
    value,
    count(*) AS members,
    list(uid ORDER BY name, uid) AS uids,
    list(name ORDER BY name, uid) AS names
FROM contacts SEMI JOIN shared USING (field, value)
GROUP BY field, value
ORDER BY field, value
