/*
title.en = "Contacts that several members share"
title.zh = "重复的联系方式"
description.en = """
E-mail addresses (without regard to case), mobile and job numbers that more than one present member has."""
description.zh = """
多名在职人员共用的邮箱（不区分大小写）、手机号或工号。"""
parameters = []
*/
WITH contacts AS (
    SELECT 'email' AS field, lower(email) AS value, uid, name FROM current_members
    WHERE org = $org AND email IS NOT NULL
    UNION ALL
    SELECT 'mobile', mobile, uid, name FROM current_members
    WHERE org = $org AND mobile IS NOT NULL
    UNION ALL
    SELECT 'job_number', job_number, uid, name FROM current_members
    WHERE org = $org AND job_number IS NOT NULL
)
SELECT
    field,
    value,
    count(*) AS members,
    list(uid ORDER BY name, uid) AS uids,
    list(name ORDER BY name, uid) AS names
FROM contacts
GROUP BY field, value
HAVING count(*) > 1
ORDER BY field, value
