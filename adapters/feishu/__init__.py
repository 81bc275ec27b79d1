"""Feishu and Lark: the simulator."""
