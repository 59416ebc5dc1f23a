"""CloudFormation takes a state machine's definition from S3 in YAML as well as in JSON.

Promises: the service gets JSON, whichever of the two the file is written in. Page: "AWS::StepFunctions::StateMachine
S3Location" (AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachine-s3location.html): "The
state machine definition must be a JSON or YAML file."
"""

import json

import yaml
from ministack.services.cloudformation import provisioners


def close() -> None:
    read = provisioners._sfn_definition

    def as_json(properties: dict[str, object]) -> str:
        return json.dumps(yaml.safe_load(read(properties)))

    provisioners._sfn_definition = as_json
