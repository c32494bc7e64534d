{{- /* What the tool is called with. Every flag is one element, so that no value is ever taken for a flag. */ -}}

{{- define "capmodel.clusterArgs" -}}
- --cluster-name={{ .Values.clusterName }}
{{- range .Values.namespaces }}
- --namespace={{ . }}
{{- end }}
{{- range .Values.spotLabels }}
- {{ printf "--spot-label=%s" . | quote }}
{{- end }}
{{- end }}

{{- define "capmodel.prometheusArgs" -}}
{{- with .Values.prometheus }}
{{- if .url }}
- {{ printf "--prometheus=%s" .url | quote }}
{{- range .matchers }}
- {{ printf "--prometheus-matcher=%s" . | quote }}
{{- end }}
{{- if .auth.existingSecret }}
- --prometheus-auth-file=/etc/capmodel/prometheus/auth.toml
{{- end }}
{{- if .tenant }}
- {{ printf "--tenant=%s" .tenant | quote }}
{{- end }}
{{- with .requestsQuery }}
- {{ printf "--requests-query=%s" . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What services in another language are planned with; services are only known with Prometheus. */ -}}
{{- define "capmodel.servicesArgs" -}}
{{- if .Values.prometheus.url }}
{{- with .Values.report.services }}
{{- with .sloP99 }}
- --slo-p99={{ . }}
{{- end }}
{{- with .team }}
- --team={{ . }}
{{- end }}
{{- with .rewriteCost }}
- --rewrite-cost={{ . }}
{{- end }}
{{- with .evidence }}
- --evidence={{ . }}
{{- end }}
{{- with .cpuSpeed }}
- --cpu-speed={{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "capmodel.deliveryArgs" -}}
{{- if .Values.volume.enabled }}
- --deliver=/var/lib/capmodel
{{- end }}
{{- if .Values.delivery.bucket }}
- --deliver={{ .Values.delivery.bucket }}
{{- end }}
{{- if .Values.delivery.webhook.existingSecret }}
- --deliver=@/etc/capmodel/webhook/{{ .Values.delivery.webhook.key }}
{{- end }}
{{- with .Values.delivery.pushgateway.url }}
- {{ printf "--deliver=pushgateway:%s" . | quote }}
{{- end }}
{{- with .Values.delivery.link }}
- {{ printf "--deliver-link=%s" . | quote }}
{{- end }}
{{- end }}

{{- /* Whether anything tells of a month that is over. */ -}}
{{- define "capmodel.hasPast" -}}
{{- if or .Values.prometheus.url .Values.snapshot.enabled }}true{{ end }}
{{- end }}

{{- /*
report: of a month where one is given, of the last 30 days where none is. Where nothing tells of the past, the month that is
over is not asked for: the run reports the present, and the report is kept under the present month.
*/ -}}
{{- define "capmodel.reportArgs" -}}
{{- $root := .root }}
{{- $report := $root.Values.report }}
{{- $month := ternary .month "" (eq (include "capmodel.hasPast" $root) "true") -}}
- report
{{ include "capmodel.clusterArgs" $root }}
{{- with $month }}
- --month={{ . }}
{{- end }}
- --timezone={{ $root.Values.timeZone }}
{{- include "capmodel.prometheusArgs" $root }}
{{- /* A month has its own days, and without metrics there is nothing that a window could reach back to. */ -}}
{{- if and $root.Values.firstReport.window $root.Values.prometheus.url (not $month) }}
- --window={{ $root.Values.firstReport.window }}
{{- end }}
{{- range .bill }}
- {{ printf "--bill=%s" . | quote }}
{{- end }}
{{- with $report.provider }}
- --provider={{ . }}
{{- end }}
{{- with $report.region }}
- --region={{ . }}
{{- end }}
{{- if or $root.Values.prices.table $root.Values.prices.existingConfigMap }}
- --prices=/etc/capmodel/prices/{{ $root.Values.prices.key }}
{{- end }}
{{- if or $root.Values.pricing.file $root.Values.pricing.existingConfigMap }}
- --pricing=/etc/capmodel/pricing/{{ $root.Values.pricing.key }}
{{- end }}
{{- with $report.currency }}
- --currency={{ . }}
{{- end }}
{{- with $report.exchangeRate }}
- --exchange-rate={{ . }}
{{- end }}
{{- include "capmodel.servicesArgs" $root }}
{{- if eq $report.by "owners" }}
- --by=/etc/capmodel/owners/{{ $root.Values.owners.key }}
{{- else }}
- {{ printf "--by=%s" $report.by | quote }}
{{- end }}
{{- range $report.sharedNamespaces }}
- --shared-namespace={{ . }}
{{- end }}
- --split-shared={{ $report.splitShared }}
- --split-idle={{ $report.splitIdle }}
- --format={{ $report.format }}
{{- if and $month $root.Values.snapshot.enabled }}
- --history=/var/lib/capmodel
{{- end }}
{{- include "capmodel.deliveryArgs" $root }}
{{- range $root.Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- define "capmodel.snapshotArgs" -}}
- snapshot
- --output=/var/lib/capmodel/
{{ include "capmodel.clusterArgs" . }}
{{- if hasPrefix "label:" .Values.report.by }}
- {{ printf "--label=%s" (trimPrefix "label:" .Values.report.by) | quote }}
{{- end }}
{{- end }}
