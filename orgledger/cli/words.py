"""What people read on the screen, in English and Chinese.

The English text is its own key, so that a sentence without a translation still reads well.
The language is that of ORGLEDGER_LANG, else of LC_ALL, LC_MESSAGES or LANG; Chinese for ``zh…``.
"""

from __future__ import annotations

import os

ZH = {
    "active": "在职",
    "deactivated": "已停用",
    "resigned": "已离职",
    "deleted": "已删除",
    "leader": "负责人",
    "people": "人",
    "Departments": "部门",
    "Members": "成员",
    "Roles": "角色",
    "Members of no department": "不属于任何部门的成员",
    "departments": "部门",
    "members": "成员",
    "roles": "角色",
    "details": "成员详情",
    "events": "事件",
    "department": "部门",
    "member": "成员",
    "role": "角色",
    "added": "新增",
    "removed": "移除",
    "changed": "变更",
    "Nothing is different.": "没有差异。",
    "Nothing found.": "没有找到。",
    "not permitted": "无权限查看",
    "Field": "字段",
    "Value": "值",
    "Position": "位置",
    "Time": "时间",
    "Event": "事件",
    "Entity": "对象",
    "What": "内容",
    "By": "来源",
    "Run": "同步",
    "System": "系统",
    "Status": "状态",
    "Started": "开始",
    "Took": "耗时",
    "Read": "读取",
    "Kept": "采用",
    "Appended": "写入事件",
    "Calls": "调用次数",
    "Reason": "原因",
    "Kind": "类型",
    "Id": "编号",
    "Name": "名称",
    "Before": "之前",
    "After": "之后",
    "Change": "变化",
    "Found by": "匹配字段",
    "finished": "完成",
    "partial": "部分完成",
    "held": "已挂起",
    "approved": "已批准",
    "failed": "失败",
    "running": "进行中",
    "interrupted": "中断",
    "ok": "正常",
    "warning": "警告",
    "error": "错误",
    "read {read}, kept {kept}, {n} events appended": "读取 {read}，采用 {kept}，写入 {n} 个事件",
    "nothing changed": "没有变化",
    "would append {n} events": "将写入 {n} 个事件",
    "Left out": "未采用的记录",
    "Could not be read": "未能读取的部分",
    "Held": "已挂起",
    "There are no runs yet.": "还没有同步记录。",
    "The log is empty.": "日志为空。",
    "No rows.": "没有数据。",
    "Question": "问题",
    "Parameters": "参数",
    "written to {path}": "已写入 {path}",
    "rebuilt {name} up to position {position}": "{name} 已重建到位置 {position}",
    "{n} events recorded, the last at position {position}": (
        "已记录 {n} 个事件，最后位置 {position}"
    ),
    "created {path}": "已创建 {path}",
    "Serving {provider} at {url} (Ctrl-C to stop)": "{provider} 模拟器运行于 {url}（Ctrl-C 停止）",
    "History": "历史",
    "and {n} more": "另有 {n} 项",
    "at position {position}": "位置 {position}",
    "Not all people are shown; see --people.": "未显示全部成员，可用 --people 查看。",
}


def chinese() -> bool:
    """Whether the user reads Chinese."""
    for name in ("ORGLEDGER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value.lower().startswith("zh")
    return False


def _(text: str, /, **values: object) -> str:
    """``text`` in the user's language, its ``{placeholders}`` filled in."""
    said = ZH.get(text, text) if chinese() else text
    return said.format(**values) if values else said
