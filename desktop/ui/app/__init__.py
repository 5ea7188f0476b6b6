"""The one window: shell, login, wizard, workspace, navigation, idle lock."""
