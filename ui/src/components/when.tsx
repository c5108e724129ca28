import { Text, type TextProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatDateTime, formatRelative } from "../lib/format";

/** A moment in the reader's zone: relative text, the full local and the stored UTC instant on hover. */
export function When({ at, relative = true, ...text }: { at?: string | null | undefined; relative?: boolean } & TextProps) {
  const { i18n } = useTranslation();
  if (!at) return <Text span inherit={!text.size} {...text}>–</Text>;
  const full = formatDateTime(at, i18n.language);
  return (
    <Text inherit={!text.size} component="time" dateTime={at} title={`${full} (${at})`} {...text}>
      {relative ? formatRelative(at, i18n.language, new Date()) : full}
    </Text>
  );
}
