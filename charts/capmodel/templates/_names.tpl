{{- define "capmodel.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 43 | trimSuffix "-" }}
{{- end }}

{{- /* At most 43 characters: a CronJob's name ends at 52, and "-snapshot" comes after it. */ -}}
{{- define "capmodel.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 43 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 43 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 43 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "capmodel.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "capmodel.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "capmodel.claim" -}}
{{- default (include "capmodel.fullname" .) .Values.volume.existingClaim }}
{{- end }}

{{- define "capmodel.selectorLabels" -}}
app.kubernetes.io/name: {{ include "capmodel.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "capmodel.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "capmodel.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The registry is what stands before the first slash and could be the name of a host. */ -}}
{{- define "capmodel.registry" -}}
{{- regexFind "^([^/]*[.:][^/]*|localhost)/" .Values.image.repository }}
{{- end }}

{{- define "capmodel.image" -}}
{{- $image := .Values.image }}
{{- $name := $image.repository }}
{{- with .Values.global.imageRegistry }}
{{- $name = printf "%s/%s" (trimSuffix "/" .) (trimPrefix (include "capmodel.registry" $) $name) }}
{{- end }}
{{- if $image.digest }}
{{- printf "%s@%s" $name $image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}
