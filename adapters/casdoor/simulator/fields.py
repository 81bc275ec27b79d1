"""The columns of Casdoor's tables, as their JSON names, types and longest values.

Source: Casdoor source at e6b2338f, the structs in object/user.go, group.go, role.go and
organization.go. A row keeps only what is not the zero value of its type.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Kind = Literal["text", "flag", "number", "amount", "texts", "map", "any"]
Row = dict[str, Any]

ZERO: dict[Kind, Any] = {
    "text": "",
    "flag": False,
    "number": 0,
    "amount": 0.0,
    "texts": None,
    "map": None,
    "any": None,
}


class Field(NamedTuple):
    """One column; ``limit`` is the most characters of a text, None without a limit.

    ``stored`` is false for what only an answer has.
    """

    kind: Kind
    limit: int | None = None
    stored: bool = True


class Shape(NamedTuple):
    """One table: its name as the code and as the database call it, and its fields."""

    struct: str
    table: str
    fields: dict[str, Field]

    def zero(self) -> Row:
        """A row as Casdoor shows it that has nothing."""
        return {name: ZERO[field.kind] for name, field in self.fields.items()}


def snake(name: str) -> str:
    """The column of a JSON name (Casdoor source, util.CamelToSnakeCase)."""
    text = "".join(f"_{c.lower()}" if "A" <= c <= "Z" else c for c in name)
    return text.removeprefix("_").replace(" ", "")


def _fields(kind: Kind, names: str, limit: int | None = None) -> dict[str, Field]:
    return {name: Field(kind, limit) for name in names.split()}


USER = Shape(
    "User",
    "user",
    {
        **_fields("text", "owner", 100),
        **_fields("text", "name", 255),
        **_fields(
            "text",
            "createdTime updatedTime deletedTime id externalId type password passwordSalt"
            " passwordType displayName firstName lastName avatar avatarType permanentAvatar email",
            100,
        ),
        **_fields("flag", "emailVerified"),
        **_fields("text", "phone", 100),
        **_fields("text", "countryCode", 6),
        **_fields("text", "region location", 100),
        **_fields("texts", "address"),
        **_fields("any", "addresses"),
        **_fields("text", "affiliation title idCardType idCard realName", 100),
        **_fields("flag", "isVerified"),
        **_fields("text", "homepage bio tag language gender birthday education", 100),
        **_fields("number", "score karma ranking"),
        **_fields("amount", "balance balanceCredit"),
        **_fields("text", "currency balanceCurrency", 100),
        **_fields("flag", "isDefaultAvatar isOnline isAdmin isForbidden isDeleted"),
        **_fields("text", "signupApplication hash preHash registerType registerSource", 100),
        **_fields("text", "accessToken originalToken originalRefreshToken"),
        **_fields("text", "createdIp lastSigninTime lastSigninIp", 100),
        **_fields(
            "text",
            "github google qq wechat facebook dingtalk weibo gitee linkedin wecom lark gitlab adfs"
            " baidu alipay casdoor infoflow apple azuread azureadb2c slack steam bilibili okta"
            " douyin kwai line amazon auth0 battlenet bitbucket box cloudfoundry dailymotion"
            " deezer digitalocean discord dropbox eveonline fitbit gitea heroku influxcloud"
            " instagram intercom kakao lastfm mailru meetup microsoftonline naver nextcloud"
            " onedrive oura patreon paypal salesforce shopify soundcloud spotify strava stripe"
            " telegram tiktok tumblr twitch twitter typetalk uber vk wepay xero yahoo yammer"
            " yandex zoom metamask web3onboard custom",
            100,
        ),
        **_fields("text", "custom2 custom3 custom4 custom5 custom6 custom7 custom8 custom9"),
        **_fields("text", "custom10"),
        **_fields("any", "webauthnCredentials"),
        **_fields("text", "preferredMfaType", 100),
        **_fields("texts", "recoveryCodes"),
        **_fields("text", "totpSecret", 100),
        **_fields("flag", "mfaPhoneEnabled mfaEmailEnabled mfaRadiusEnabled"),
        **_fields("text", "mfaRadiusUsername mfaRadiusProvider", 100),
        **_fields("flag", "mfaPushEnabled"),
        **_fields("text", "mfaPushReceiver mfaPushProvider invitation invitationCode", 100),
        **_fields("any", "faceIds cart"),
        **_fields("text", "ldap", 100),
        **_fields("number", "uidNumber"),
        **_fields("map", "properties"),
        "roles": Field("any", stored=False),
        "permissions": Field("any", stored=False),
        **_fields("texts", "groups"),
        **_fields("text", "lastChangePasswordTime lastSigninWrongTime", 100),
        **_fields("number", "signinWrongTimes"),
        **_fields("any", "managedAccounts mfaAccounts mfaItems"),
        **_fields("text", "mfaRememberDeadline", 100),
        **_fields("flag", "needUpdatePassword"),
        **_fields("text", "ipWhitelist", 200),
        **_fields("any", "applicationScopes"),
        "password": Field("text", 150),
        "avatar": Field("text"),
        "permanentAvatar": Field("text", 500),
    },
)

GROUP = Shape(
    "Group",
    "group",
    {
        **_fields(
            "text",
            "owner name createdTime updatedTime displayName manager contactEmail type parentId",
            100,
        ),
        "parentName": Field("text", stored=False),
        **_fields("flag", "isTopGroup"),
        "users": Field("texts", stored=False),
        **_fields("text", "title key", 255),
        "haveChildren": Field("flag", stored=False),
        **_fields("any", "children"),
        **_fields("flag", "isEnabled"),
        **_fields("number", "gidNumber"),
        **_fields("map", "properties"),
    },
)

ROLE = Shape(
    "Role",
    "role",
    {
        **_fields("text", "owner name createdTime displayName", 100),
        **_fields("text", "description"),
        **_fields("texts", "users groups roles domains"),
        **_fields("flag", "isEnabled"),
    },
)

ORGANIZATION = Shape(
    "Organization",
    "organization",
    {
        **_fields("text", "owner name createdTime displayName websiteUrl", 100),
        **_fields("text", "logo logoDark favicon", 200),
        **_fields("flag", "hasPrivilegeConsent"),
        **_fields("text", "passwordType passwordSalt", 100),
        **_fields("texts", "passwordOptions"),
        **_fields("text", "passwordObfuscatorType passwordObfuscatorKey", 100),
        **_fields("number", "passwordExpireDays tokenRetentionDays recordRetentionDays"),
        **_fields("texts", "countryCodes"),
        **_fields("text", "defaultAvatar", 200),
        **_fields("flag", "usePermanentAvatar"),
        **_fields("text", "defaultApplication defaultTokenFormat", 100),
        **_fields("texts", "userTypes tags languages"),
        **_fields("any", "themeData"),
        **_fields("text", "masterPassword defaultPassword ipWhitelist", 200),
        **_fields("text", "masterVerificationCode", 100),
        **_fields("number", "initScore"),
        **_fields(
            "flag",
            "enableSoftDeletion isProfilePublic useEmailAsUsername enableTour disableSignin",
        ),
        **_fields("text", "ipRestriction"),
        **_fields("texts", "navItems userNavItems widgetItems"),
        **_fields("any", "mfaItems"),
        **_fields("number", "mfaRememberInHours"),
        **_fields("text", "accountMenu", 20),
        **_fields("any", "accountItems"),
        **_fields("text", "dcrPolicy", 100),
        **_fields("texts", "ldapAttributes"),
        **_fields("text", "kerberosRealm kerberosKdcHost kerberosServiceName", 200),
        **_fields("text", "kerberosKeytab"),
        **_fields("amount", "orgBalance userBalance balanceCredit"),
        **_fields("text", "balanceCurrency", 100),
    },
)
