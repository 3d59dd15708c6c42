{{/* The name of everything: the release's, with the chart's where the release is not called by it. */}}
{{- define "likeness.name" -}}
{{- $chart := default .Chart.Name .Values.nameOverride -}}
{{- if contains $chart .Release.Name -}}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name $chart | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{/* Quoted, for a name such as "on" or "123" is no text to YAML. */}}
{{- define "likeness.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "likeness.labels" -}}
{{ include "likeness.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* Where the ingress ends TLS, the gateway sees plain HTTP, and would say so in the URLs of pictures. A wildcard is no address. */}}
{{- define "likeness.settings" -}}
{{- $settings := deepCopy .Values.settings -}}
{{- with .Values.ingress -}}
{{- if and .enabled .tlsSecret (not (hasKey $settings "LIKENESS_PUBLIC_URL")) (not (contains "*" .host)) -}}
{{- $_ := set $settings "LIKENESS_PUBLIC_URL" (printf "https://%s" .host) -}}
{{- end -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end }}

{{- define "likeness.secret" -}}
{{ default (printf "%s-secret" (include "likeness.name" .)) .Values.existingSecret }}
{{- end }}
