"""What Kubernetes does with what it is asked, as far as Holdfast leans on it: on the laptop as on a real server."""

from typing import Any, Final

from tests.kubernetes.servers import Wire

LABELS: Final = {"app": "a"}


def _deployment(home: str, **container: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "app", "image": "registry.example/app:1", **container}]}
    spec = {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": pod}}
    metadata = {"name": "app", "namespace": home}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def _map(home: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": home}, "data": data}


def _at(home: str) -> str:
    return f"/apis/apps/v1/namespaces/{home}/deployments/app"


def _maps(home: str) -> str:
    return f"/api/v1/namespaces/{home}/configmaps"


# ── server-side apply ───────────────────────────────────────────────────────────────────────────────────────────────


def test_applied_it_is_made_and_applied_again_it_stays_as_it_is(api: Wire, home: str) -> None:
    first = api.apply(_at(home), _deployment(home))
    again = api.apply(_at(home), _deployment(home))
    assert (first.status, again.status) == (201, 200)
    assert again.body["metadata"]["resourceVersion"] == first.body["metadata"]["resourceVersion"]
    assert again.body["metadata"]["uid"] == first.body["metadata"]["uid"]
    assert again.body["metadata"]["generation"] == 1


def test_replicas_that_are_left_out_begin_at_one_and_stay_where_they_were_scaled_to(api: Wire, home: str) -> None:
    assert api.apply(_at(home), _deployment(home)).body["spec"]["replicas"] == 1
    api.edit(_at(home), {"spec": {"replicas": 5}})
    assert api.apply(_at(home), _deployment(home, image="registry.example/app:2")).body["spec"]["replicas"] == 5


def test_what_another_manager_set_is_a_conflict_unless_forced(api: Wire, home: str) -> None:
    api.apply(_at(home), _deployment(home), manager="other")
    refused = api.apply(_at(home), _deployment(home, image="registry.example/app:2"))
    assert refused.status == 409
    causes = refused.body["details"]["causes"]
    assert {cause["reason"] for cause in causes} == {"FieldManagerConflict"}
    assert [cause["field"] for cause in causes] == ['.spec.template.spec.containers[name="app"].image']
    assert 'conflict with "other"' in causes[0]["message"]

    forced = api.apply(_at(home), _deployment(home, image="registry.example/app:2"), force="true")
    assert forced.status == 200
    assert forced.body["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/app:2"


def test_who_does_not_say_who_applies_is_refused(api: Wire, home: str) -> None:
    apply = "application/apply-patch+yaml"
    assert api.request("PATCH", _at(home), body=_deployment(home), content_type=apply).status == 422


def test_what_is_applied_no_more_goes_unless_another_owns_it_too(api: Wire, home: str) -> None:
    here = f"{_maps(home)}/m"
    api.apply(here, _map(home, mine="1", shared="1"))
    assert api.apply(here, _map(home, shared="1"), manager="other").status == 200
    assert api.apply(here, _map(home, left="1")).body["data"] == {"left": "1", "shared": "1"}


def test_lists_are_merged_by_their_keys(api: Wire, home: str) -> None:
    ours = {"env": [{"name": "A", "value": "1"}], "ports": [{"containerPort": 80}]}
    api.apply(_at(home), _deployment(home, **ours))
    theirs = {"name": "app", "env": [{"name": "B", "value": "2"}]}
    sidecar = {"name": "sidecar", "image": "registry.example/sidecar:1"}
    api.edit(_at(home), {"spec": {"template": {"spec": {"containers": [theirs, sidecar]}}}})

    ours["env"] = [{"name": "A", "value": "3"}]
    pod = api.apply(_at(home), _deployment(home, **ours), force="true").body["spec"]["template"]["spec"]
    by_name = {one["name"]: one for one in pod["containers"]}
    assert by_name.keys() == {"app", "sidecar"}
    assert {one["name"]: one["value"] for one in by_name["app"]["env"]} == {"A": "3", "B": "2"}
    assert by_name["app"]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]


def test_a_list_without_keys_is_applied_as_a_whole(api: Wire, home: str) -> None:
    here = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{home}/roles/r"
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    body = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": [rule]}
    api.apply(here, body)
    api.edit(here, {"rules": [rule, {**rule, "verbs": ["*"]}]})
    assert api.apply(here, body, force="true").body["rules"] == [rule]


def test_every_manager_is_named_with_the_fields_that_it_owns(api: Wire, home: str) -> None:
    api.apply(_at(home), _deployment(home))
    stands = api.edit(_at(home), {"spec": {"paused": True}}).body
    owners = {(one["manager"], one["operation"]): one["fieldsV1"] for one in stands["metadata"]["managedFields"]}
    assert owners["editor", "Update"] == {"f:spec": {"f:paused": {}}}
    container = owners["holdfast", "Apply"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert container == {'k:{"name":"app"}': {".": {}, "f:image": {}, "f:name": {}}}


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_selector_cannot_be_changed(api: Wire, home: str) -> None:
    api.apply(_at(home), _deployment(home))
    other = _deployment(home)
    other["spec"]["selector"] = {"matchLabels": {"app": "b"}}
    other["spec"]["template"]["metadata"]["labels"] = {"app": "b"}
    refused = api.apply(_at(home), other)
    assert refused.status == 422
    assert "field is immutable" in refused.why


def test_a_selector_must_choose_its_own_pods(api: Wire, home: str) -> None:
    other = _deployment(home)
    other["spec"]["selector"] = {"matchLabels": {"app": "b"}}
    assert api.apply(_at(home), other).status == 422


def test_a_role_cannot_be_swapped_under_its_binding(api: Wire, home: str) -> None:
    here = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{home}/rolebindings/b"
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    body = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b"}}
    api.apply(here, {**body, "roleRef": ref})
    assert api.apply(here, {**body, "roleRef": {**ref, "name": "admin"}}).status == 422


def test_another_name_than_the_paths_is_refused(api: Wire, home: str) -> None:
    body = _deployment(home)
    body["metadata"]["name"] = "other"
    assert api.apply(_at(home), body).status == 400


def test_an_unknown_field_is_a_server_error_when_applied(api: Wire, home: str) -> None:
    body = _deployment(home)
    body["spec"]["replica"] = 2
    refused = api.apply(_at(home), body)
    assert refused.status == 500
    assert "field not declared in schema" in refused.why


def test_an_unknown_field_is_a_bad_request_when_posted_strictly(api: Wire, home: str) -> None:
    body = _deployment(home)
    body["spec"]["replica"] = 2
    refused = api.request("POST", _at(home).rpartition("/")[0], query={"fieldValidation": "Strict"}, body=body)
    assert refused.status == 400
    assert 'unknown field "spec.replica"' in refused.why


def test_a_home_that_is_not_there_is_named(api: Wire) -> None:
    refused = api.apply(_at("not-there"), _deployment("not-there"))
    assert refused.status == 404
    assert refused.body["details"]["kind"] == "namespaces"


def test_an_object_of_that_name_cannot_be_made_again(api: Wire, home: str) -> None:
    assert api.request("POST", _maps(home), body=_map(home)).status == 201
    refused = api.request("POST", _maps(home), body=_map(home))
    assert (refused.status, refused.body["reason"]) == (409, "AlreadyExists")


def test_a_change_of_what_has_changed_meanwhile_is_refused(api: Wire, home: str) -> None:
    here = f"{_maps(home)}/m"
    seen = api.apply(here, _map(home, a="1")).body
    api.edit(here, {"data": {"a": "2"}})
    assert api.request("PUT", here, body={**seen, "data": {"a": "3"}}).status == 409
    version = {"op": "test", "path": "/metadata/resourceVersion", "value": seen["metadata"]["resourceVersion"]}
    refused = api.patch(here, version, {"op": "remove", "path": "/data/a"})
    assert refused.status == 422
    assert refused.why == "the server rejected our request due to an error in our request"
    assert not refused.body.get("details")


def test_a_node_port_has_one_service(api: Wire, home: str) -> None:
    def service(name: str) -> dict[str, Any]:
        spec = {"type": "NodePort", "ports": [{"port": 443, "nodePort": 32443}]}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}

    here = f"/api/v1/namespaces/{home}/services"
    assert api.request("POST", here, body=service("a")).status == 201
    assert api.request("POST", here, body=service("b")).status == 422
    assert api.request("DELETE", f"{here}/a").status == 200


# ── dry run ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_answers_as_if_and_keeps_nothing(api: Wire, home: str) -> None:
    tried = api.apply(_at(home), _deployment(home), dryRun="All")
    assert tried.status == 201
    assert api.request("GET", _at(home)).status == 404


def test_what_it_would_be_made_into_is_told_under_a_made_up_name(api: Wire, home: str) -> None:
    resources = {"requests": {"cpu": "0.5", "memory": "1024Mi"}}
    body = _deployment(home, resources=resources, ports=[{"containerPort": 80}])
    body["metadata"] = {"generateName": "holdfast-", "namespace": home}
    query = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "holdfast"}
    told = api.request("POST", _at(home).rpartition("/")[0], query=query, body=body)
    assert told.status == 201
    assert told.body["metadata"]["name"].startswith("holdfast-")
    pod = told.body["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == {"requests": {"cpu": "500m", "memory": "1Gi"}}
    assert pod["terminationGracePeriodSeconds"] == 30
    assert told.body["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": "25%"}


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_asks_matters(api: Wire, home: str) -> None:
    assert api._replace(token="").request("GET", _maps(home)).status == 403
    assert api._replace(token="forged").request("GET", _maps(home)).status == 401
    assert api._replace(token=api.other).request("GET", _maps(home)).status == 403
    assert api.request("GET", _maps(home)).status == 200


def test_a_list_takes_a_selector(api: Wire, home: str) -> None:
    for name, color in (("a", "red"), ("b", "blue")):
        metadata = {"name": name, "labels": {"color": color}}
        api.request("POST", _maps(home), body={"metadata": metadata})
    for selector, names in (("color=red", ["a"]), ("color!=red,color", ["b"]), ("color in (red,blue)", ["a", "b"])):
        found = api.request("GET", _maps(home), query={"labelSelector": selector})
        assert [one["metadata"]["name"] for one in found.body["items"]] == names


def test_what_is_deleted_is_gone_and_only_if_it_is_the_one_that_was_meant(api: Wire, home: str) -> None:
    here = f"{_maps(home)}/m"
    api.apply(here, _map(home))
    other = {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}
    assert api.request("DELETE", here, body=other).status == 409
    assert api.request("DELETE", here).status == 200
    assert api.request("DELETE", here).status == 404


def test_it_says_that_it_is_well_and_which_version_it_is(api: Wire) -> None:
    assert api.request("GET", "/readyz").status == 200
    assert api.request("GET", "/version").body["minor"].startswith("36")
    groups = {one["name"] for one in api.request("GET", "/apis").body["groups"]}
    assert {"apps", "autoscaling", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"} <= groups
