import { MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/errors";
import { createAppRouter } from "./router";
import { theme } from "./theme";

/** One query cache holds all server state. A request that finds no session leads to the sign-in page. */
export function newQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
        refetchOnWindowFocus: true,
      },
    },
  });
}

export function Providers() {
  const [{ client, router }] = useState(() => {
    const made = newQueryClient(() => {
      if (window.location.pathname !== "/sign-in") void router.navigate({ to: "/sign-in", search: { from: window.location.pathname } });
    });
    const router = createAppRouter(made);
    return { client: made, router };
  });
  const { t } = useTranslation();
  const close = t("common.close");
  const named = useMemo(() => mergeThemeOverrides(theme, { components: { Notification: { defaultProps: { closeButtonProps: { "aria-label": close } } } } }), [close]);
  return (
    <MantineProvider theme={named} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <ModalsProvider>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
