// Drawing through libgvc: one context for the process, one lock around it.

#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <graphviz/gvc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// Opens a plugin that lies beside libgvc and returns its table, or null.
static void *plugin(const char *folder, const char *name) {
  // The plugins' interface has had the number 6 since Graphviz 2.26, 7 and 8 in recent releases.
  for (int version = 6; version <= 8; version++) {
    char path[4096], symbol[64];
    int length =
        snprintf(path, sizeof path, "%s/graphviz/libgvplugin_%s.so.%d", folder, name, version);
    if (length < 0 || (size_t)length >= sizeof path) return NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) continue;
    snprintf(symbol, sizeof symbol, "gvplugin_%s_LTX_library", name);
    return dlsym(library, symbol);
  }
  return NULL;
}

/// The process's context.
///
/// `gvContext` reads a configuration file and asks every plugin that is installed, which takes
/// longer than drawing; the three plugins needed are opened by hand where they are found.
static GVC_t *context(void) {
  static GVC_t *shared;
  if (shared) return shared;

  static const char *const names[] = {"core", "dot_layout", "pango"};
  static lt_symlist_t plugins[4];
  static char symbols[3][64];
  Dl_info place;
  bool complete = dladdr((void *)gvContext, &place) && place.dli_fname;
  if (complete) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", place.dli_fname);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    for (size_t i = 0; i < 3 && complete; i++) {
      snprintf(symbols[i], sizeof symbols[i], "gvplugin_%s_LTX_library", names[i]);
      plugins[i].name = symbols[i];
      plugins[i].address = plugin(folder, names[i]);
      complete = plugins[i].address != NULL;
    }
  }
  shared = complete ? gvContextPlugins(plugins, 0) : gvContext();
  return shared;
}

agviz_picture agviz_failure(const char *what, int error) {
  agviz_picture picture = {.outcome = agviz_not_started};
  if (asprintf(&picture.message, "%s: %s", what, strerror(error)) < 0) picture.message = NULL;
  return picture;
}

agviz_picture agviz_draw_here(const agviz_request *request, bool messages_to_stderr) {
  agviz_picture picture = {.outcome = agviz_reported};
  // AGMAX keeps messages for `aglasterr`; a callback (`agseterrf`) would overflow at 1,024 bytes.
  agseterr(messages_to_stderr ? AGWARN : AGMAX);
  agreseterrors();

  GVC_t *gvc = context();
  Agraph_t *graph = gvc ? agmemread(request->source) : NULL;
  if (graph) {
    if (gvLayout(gvc, graph, "dot") == 0) {
      char *bytes = NULL;
      unsigned count = 0;
      int failed = gvRenderData(gvc, graph, request->format, &bytes, &count);
      // Some errors, a node that is too wide among them, only show in the count of errors.
      if (!failed && agreseterrors() == 0 && count > 0) {
        picture.bytes = malloc(count);
        if (picture.bytes) {
          memcpy(picture.bytes, bytes, count);
          picture.count = count;
          picture.outcome = agviz_drawn;
        }
      }
      if (bytes) gvFreeRenderData(bytes);
      gvFreeLayout(gvc, graph);
    }
    agclose(graph);
  }
  if (picture.outcome != agviz_drawn && !messages_to_stderr) picture.message = aglasterr();
  return picture;
}

agviz_picture agviz_draw(const agviz_request *request) {
  if (request->isolated) return agviz_draw_isolated(request);
  pthread_mutex_lock(&lock);
  agviz_picture picture = agviz_draw_here(request, false);
  pthread_mutex_unlock(&lock);
  return picture;
}

void agviz_release(agviz_picture *picture) {
  free(picture->bytes);
  free(picture->message);
  picture->bytes = NULL;
  picture->message = NULL;
}
