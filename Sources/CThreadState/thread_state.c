#include "CThreadState.h"

_Thread_local ats_state ats_thread_state = {0};
