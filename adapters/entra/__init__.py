"""Microsoft Entra ID (the directory behind Microsoft 365 and Teams) over Microsoft Graph v1.0."""
