"""EC2 launch templates: a version shows all that it was told of volumes and interfaces, a template the tags it has.

The emulator forgets the key of a volume, and whether an interface goes with its instance, and shows for ever the tags
that a template was made with. Pages: RequestLaunchTemplateData, ResponseLaunchTemplateData, LaunchTemplate, DeleteTags
(AWSEC2/latest/APIReference).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import escape
from typing import Any, Final

from botocore.session import get_session
from ministack.services import ec2

_parse_lt_data = ec2._parse_lt_data
_FORGOTTEN: Final = {
    "BlockDeviceMapping": ("BlockDeviceMappings", ("Ebs.KmsKeyId",)),
    "NetworkInterface": ("NetworkInterfaces", ("DeleteOnTermination",)),
}
"""By the name of a list in the request: its name in the data, and the members that the emulator leaves out."""
_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "KmsKeyId": str,
    "DeleteOnTermination": lambda text: text.lower() == "true",
}


def close() -> None:
    ec2._parse_lt_data = _parsed
    ec2._lt_data_xml = lambda data: _written(_shape(), data)
    create = ec2._ACTION_MAP["CreateLaunchTemplate"]

    def created(parameters: Any) -> Any:
        answer = create(parameters)
        for template in ec2._launch_templates.values():
            template.pop("Tags", None)  # from now on they are where CreateTags and DeleteTags change them
        return answer

    ec2._ACTION_MAP["CreateLaunchTemplate"] = created


def _parsed(parameters: Any) -> dict[str, Any]:
    data: dict[str, Any] = _parse_lt_data(parameters)
    for asked, (kept, members) in _FORGOTTEN.items():
        for number, entry in enumerate(data.get(kept, []), start=1):
            for member in members:
                said = ec2._p(parameters, f"LaunchTemplateData.{asked}.{number}.{member}")
                if said:
                    *inside, name = member.split(".")
                    place = entry.setdefault(inside[0], {}) if inside else entry
                    place[name] = _READ[name](said)
    return data


@cache
def _shape() -> Any:
    return get_session().get_service_model("ec2").shape_for("ResponseLaunchTemplateData")


def _written(shape: Any, value: Any) -> str:
    """A value as EC2 writes it ("Query request responses"): by its shape in botocore's model."""
    match shape.type_name:
        case "structure":
            return "".join(_members(shape, value))
        case "list":
            return "".join(f"<item>{_written(shape.member, one)}</item>" for one in value)
        case "boolean":
            return str(value).lower()
        case _:
            return escape(str(value))


def _members(shape: Any, value: Mapping[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            tag = member.serialization.get("name", name)
            yield f"<{tag}>{_written(member, value[name])}</{tag}>"
