"""DingTalk (钉钉), as a source and as a target."""
