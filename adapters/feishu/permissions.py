"""Permissions (权限) by the names that Feishu's console and errors have for them."""

from __future__ import annotations

ORGANIZE = "contact:department.organize:readonly"
DEPARTMENT_BASE = "contact:department.base:readonly"
EMPLOYEE_ID = "contact:user.employee_id:readonly"
USER_BASE = "contact:user.base:readonly"
USER_DEPARTMENT = "contact:user.department:readonly"
