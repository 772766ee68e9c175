#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `epsim get`: kubectl's tables, to the letter, of a scenario whose hops take no time.
. tests/cli/tap

look=tests/cli/data/look.yaml

# shows TEXT ARGUMENT... : epsim get ARGUMENT... prints what stands on standard input, and nothing else
shows() {
    local text=$1
    shift
    cat >"$work/expected"
    try get "$@" -f "$look"
    claim "$text" all exits 0 / diff "$work/expected" "$work/out" / says_nothing
}

# ---- tables ----

shows "endpoints: addresses as sorted strings, the API server's own service among them" ep --at 5s <<'END'
NAME         ENDPOINTS                                         AGE
kubernetes   192.168.99.103:8443                               60m
kubia        10.244.0.2:8080,10.244.0.3:8080,10.244.1.2:8080   60m
END

shows "endpoints past three are counted" endpoints kubia --at 15s <<'END'
NAME    ENDPOINTS                                                     AGE
kubia   10.244.0.2:8080,10.244.0.3:8080,10.244.0.4:8080 + 2 more...   60m
END

shows "without --at the end is shown" deploy <<'END'
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
kubia   5/5     5            5           61m
END

shows "later than the end is fine" deployments.apps kubia --at 10m <<'END'
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
kubia   5/5     5            5           70m
END

shows "at the instant of a command it has been carried out" deploy/kubia --at 10s <<'END'
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
kubia   3/5     5            3           60m
END

shows "a nanosecond before it has not" deploy/kubia --at 9.999999999s <<'END'
NAME    READY   UP-TO-DATE   AVAILABLE   AGE
kubia   3/3     3            3           60m
END

shows "pods of a new image wait while the old ones serve" po --at 31s <<'END'
NAME                     READY   STATUS    RESTARTS   AGE
kubia-w6bkql84d2-svmdk   0/1     Running   0          1s
kubia-zrmmjb2t8q-6g9q8   1/1     Running   0          60m
kubia-zrmmjb2t8q-czc6g   1/1     Running   0          60m
kubia-zrmmjb2t8q-jjgjp   1/1     Running   0          21s
kubia-zrmmjb2t8q-q8rgt   1/1     Running   0          60m
kubia-zrmmjb2t8q-wqvs4   1/1     Running   0          21s
END

shows "wide pods show addresses and nodes" po -o wide --at 5s <<'END'
NAME                     READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
kubia-zrmmjb2t8q-6g9q8   1/1     Running   0          60m   10.244.0.2   a1     <none>           <none>
kubia-zrmmjb2t8q-czc6g   1/1     Running   0          60m   10.244.0.3   a1     <none>           <none>
kubia-zrmmjb2t8q-q8rgt   1/1     Running   0          60m   10.244.1.2   b1     <none>           <none>
END

shows "-n shows another namespace, a pod on its way out" po -n other --at 21s <<'END'
NAME   READY   STATUS        RESTARTS   AGE
lone   1/1     Terminating   0          38h
END

shows "-A shows all namespaces" svc -A -o wide <<'END'
NAMESPACE   NAME         TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)                     AGE   SELECTOR
default     kubernetes   ClusterIP   10.96.0.1      <none>        443/TCP                     61m   <none>
default     kubia        ClusterIP   10.110.84.76   <none>        80/TCP                      61m   app=kubia
other       lone         NodePort    10.110.84.77   <none>        80:30080/TCP,53:30478/UDP   61m   app=lone
END

shows "several kinds: prefixed names, a blank line between" deploy,rs --at 10s <<'END'
NAME                    READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/kubia   3/5     5            3           60m

NAME                               DESIRED   CURRENT   READY   AGE
replicaset.apps/kubia-zrmmjb2t8q   5         5         3       60m
END

shows "all: what kubectl counts as all" all --at 5s <<'END'
NAME                         READY   STATUS    RESTARTS   AGE
pod/kubia-zrmmjb2t8q-6g9q8   1/1     Running   0          60m
pod/kubia-zrmmjb2t8q-czc6g   1/1     Running   0          60m
pod/kubia-zrmmjb2t8q-q8rgt   1/1     Running   0          60m

NAME                 TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE
service/kubernetes   ClusterIP   10.96.0.1      <none>        443/TCP   60m
service/kubia        ClusterIP   10.110.84.76   <none>        80/TCP    60m

NAME                    READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/kubia   3/3     3            3           60m

NAME                               DESIRED   CURRENT   READY   AGE
replicaset.apps/kubia-zrmmjb2t8q   3         3         3       60m
END

shows "nodes" no <<'END'
NAME   STATUS   ROLES    AGE   VERSION
a1     Ready    <none>   61m   v1.34.0
b1     Ready    <none>   61m   v1.34.0
END

shows "-l chooses by labels, --show-labels shows them" svc -l 'app in (kubia)' --show-labels <<'END'
NAME    TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE   LABELS
kubia   ClusterIP   10.110.84.76   <none>        80/TCP    61m   app=kubia
END

shows "--no-headers" svc kubia --no-headers <<'END'
kubia   ClusterIP   10.110.84.76   <none>   80/TCP   61m
END

shows "-o name" deploy,svc -o name <<'END'
deployment.apps/kubia
service/kubernetes
service/kubia
END

# ---- objects ----

shows "-o yaml of one object is the object" svc kubia -o yaml --at 5s <<'END'
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: "2025-12-31T23:00:00Z"
  labels:
    app: kubia
  name: kubia
  namespace: default
  resourceVersion: "1001"
  uid: b7a6959f-bfd5-4318-85a7-46d839a434c8
spec:
  clusterIP: 10.110.84.76
  clusterIPs:
  - 10.110.84.76
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app: kubia
  sessionAffinity: None
  type: ClusterIP
status:
  loadBalancer: {}
END

shows "-o json of nothing is an empty List" po -n nowhere -o json <<'END'
{
    "apiVersion": "v1",
    "items": [],
    "kind": "List",
    "metadata": {
        "resourceVersion": ""
    }
}
END

try get ep -f "$look" -o yaml --at 31s
claim "a pod that is not ready is among notReadyAddresses" \
    all prints "    notReadyAddresses:" / prints "        name: kubia-w6bkql84d2-svmdk"
try get po lone -n other -f "$look" -o json --at 21s
claim "a terminating pod says until when" \
    all prints '"deletionTimestamp": "2026-01-01T00:00:50Z"' / prints '"deletionGracePeriodSeconds": 30'
try get deploy,svc -A -f "$look" -o yaml
cp "$work/out" "$work/objects.yaml"
try validate "$work/objects.yaml"
claim "what get prints is a scenario's input again" exits 0

# ---- a node's view, watching ----

shows "a node's proxy learns a second later what the API holds" ep kubia --node b1 --at 33s <<'END'
NAME    ENDPOINTS                                                     AGE
kubia   10.244.0.2:8080,10.244.0.3:8080,10.244.0.4:8080 + 3 more...   60m
END
shows "which has moved on by then" ep kubia --at 33s <<'END'
NAME    ENDPOINTS                                                     AGE
kubia   10.244.0.2:8080,10.244.0.3:8080,10.244.0.5:8080 + 2 more...   60m
END
shows "-w prints a row whenever the object changes" deploy -w -t --at 10s <<'END'
TIME            NAME    READY   UP-TO-DATE   AVAILABLE   AGE
0s              kubia   3/3     3            3           60m
10s             kubia   3/5     3            3           60m
10s             kubia   3/5     4            3           60m
10s             kubia   3/5     5            3           60m
END
try get ep kubia -f "$look" -w --no-headers --at 34s
cut -c 8-73 "$work/out" >"$work/endpoints"
try get ep kubia -f "$look" --no-headers --at 34s
claim "the last row of -w is what get shows then" \
    grep -qF "$(tail -n 1 "$work/endpoints")" "$work/out"

try get po -l app=kubia -f "$look" -w -t --at 50s
claim "-w -l prints a pod once more as it leaves the selector" \
    all exits 0 / grep -qE '^50s +kubia-w6bkql84d2-[a-z0-9]+ +1/1 +Running ' "$work/out"

try get ep -f scenarios/endpoints-wrong-name.yaml --at 10s
claim "Endpoints of no Service are there, and the Service has none" \
    all exits 0 / prints "external-servic   11.11.11.11:80,22.22.22.22:80   60m" / test "$(grep -c external-service "$work/out")" -eq 0

# ---- what is not there, what is wrong ----

try get po nope -f "$look"
claim "an unknown name: kubectl's words, exit 1" \
    all exits 1 / prints_nothing / diff - "$work/err" <<<'Error from server (NotFound): pods "nope" not found'
try get deploy nope kubia -f "$look"
claim "the others are shown all the same" all exits 1 / prints "kubia   5/5" / says 'deployments.apps "nope" not found'
try get po -n nowhere -f "$look"
claim "nothing there is said on standard error, exit 0" \
    all exits 0 / prints_nothing / diff - "$work/err" <<<'No resources found in nowhere namespace.'
try get pds -f "$look"
claim "an unknown kind is answered with a near one" all exits 2 / says 'unknown kind "pds"; did you mean pods?'
try get ep
claim "without -f: exit 2" all exits 2 / says "-f FILE is missing"
try get -f "$look"
claim "without KIND: usage, exit 2" all exits 2 / says "usage: epsim get KIND"
try get ep -f "$look" --at soon
claim "--at must be a time" all exits 2 / says '--at: expected a simulated time'
try get ep -f "$look" --at=-5s
claim "--at before the start is refused" all exits 2 / says '--at: expected a simulated time'
try get ep -f "$look" -o jsonpath
claim "-o of an unknown format names the known ones" all exits 2 / says "expected wide, json, yaml or name"
try get ep -f "$look" -l 'app in kubia'
claim "a selector that is none is refused" all exits 2 / says "--selector:"
try get po -f "$look" --node a1
claim "--node is for what a proxy knows" all exits 2 / says "not pods"
try get ep -f "$look" --node a2
claim "an unknown node is answered with a near one" all exits 2 / says "did you mean a1?"
try get po,svc -f "$look" -w
claim "-w takes one kind" all exits 2 / says "-w watches one kind"
try get po kubia -A -f "$look"
claim "a name and -A do not go together" all exits 2 / says "leave out -A"
try get ep -f "$work/none.yaml"
claim "a file that is not there: exit 2" all exits 2 / says "none.yaml"
plan
